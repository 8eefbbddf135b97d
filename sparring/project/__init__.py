"""A project on disk: data and its splits, profiles, estimates, the doctor, exports."""
