"""What is measured: suites, audits, arms, cross-play, comparisons, promotion."""
