"""Functions, a module for each library."""
