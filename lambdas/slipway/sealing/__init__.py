"""SealedSecrets with the keys at hand: sealing, opening, and sealing anew for another key.

Pure, as `fleet` and `checks` are. Whatever holds a secret hides it from `repr`, and no message has a value in it, nor
any piece of one: an error says which key of which object it is about, and why.

- `scope`: what a value is bound to
- `envelope`, `hybrid`: the format of a value
- `certificates`, `keys`, `key_files`: key pairs, and the forms in which they are kept
- `opening`: a value and the keys that may open it
- `secret`, `sealed`: Secrets and SealedSecrets
- `places`, `edit`, `reseal`: files, of which only the sealed values change
"""
