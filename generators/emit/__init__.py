"""The files that a build leaves."""
