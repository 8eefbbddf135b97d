"""A team's own tools: read from where they are described, and frozen in one file."""
