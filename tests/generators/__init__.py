"""Fleets made at random: what the comparisons with kubectl and with Flux's own code are run over.

Everything is drawn from a `random.Random`, so that a seed names a case. `cases` hands hypothesis' own `Random` to the
same functions: hypothesis then finds the smallest case that shows a difference, towards which every draw is ordered
(first choices are the plain ones, and a chance that is not taken comes before one that is).
"""
