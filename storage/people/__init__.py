"""Persons, accounts, departments, and sessions of the desk."""
