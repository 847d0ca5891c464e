"""Endpoints of trials, sites, memberships and study versions."""
