"""The rotation of the sealing key, step by step; a state machine (infra/rotation.py) asks for the steps in their order.

1. `begin`: a new pair is made, if it is time or somebody asks for it; clusters trust both pairs from then on.
2. `trust`: wait until all clusters have the new one.
3. `publish`: the new certificate goes into `gitops-system`, by pull request: from then on people seal with it.
4. `targets` and `reseal`: what is sealed with the old key is sealed anew, by a pull request in each repository.
5. `settled`: wait until all of it is merged, and then for the grace time.
6. `retire`: nothing in Git is sealed with the old key any more, so clusters need not trust it.

Each step looks at what there is, and does what is missing: so a run may be stopped and begun anew at any time, and ends
in the same place. Nothing here sees a private key or a value: the keys function (`slipway.keys`) seals anew.

A step is asked for with `{"step": …, "run": …}` and answers `{"ok": true | false, "seconds": …}`: whether the next one
may follow, or after how many seconds to ask for this one again; `begin` answers what `run` is from then on.
"""
