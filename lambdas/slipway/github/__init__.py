"""GitHub behind a small Protocol: the only package that imports PyGithub."""
