"""From a network's description to everything a build leaves on disk."""
