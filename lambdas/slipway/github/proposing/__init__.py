"""What Slipway does at GitHub to propose a change: `slipway.github.proposals`, on GitHub itself and in memory.

The rules that make every step repeatable (`conversation`, `branches`, `pulls`, `checks`) know neither: each names what
it needs of a repository in a small Protocol, which `rest_…` has from GitHub and `memory` from dictionaries.
"""
