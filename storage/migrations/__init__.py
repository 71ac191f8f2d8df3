"""Migrations: how a database comes to the schema that this release knows."""
