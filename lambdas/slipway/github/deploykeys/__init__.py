"""Deploy keys of repositories: SSH keys that each read one repository, on GitHub itself and in memory."""
