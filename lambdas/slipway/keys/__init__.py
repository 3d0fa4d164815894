"""The fleet's sealing key pair: the only functions that read its private key.

Others invoke one of them and get yes or no, a certificate, or what is sealed anew, and never the key or a value. Each
consumer has a function of its own, whose doings the infrastructure fixes (`SLIPWAY_KEYS_DO`):

- `state`: the certificates, and whether a rotation is under way;
- `check`: whether SealedSecrets of a pull request open;
- `reseal`: the SealedSecrets of files, sealed anew for the newest certificate;
- `prepare`: make the pair that a rotation goes to, unless one is under way;
- `retire`: let the clusters trust that pair alone.

On each deployment, CloudFormation invokes one of them: it makes the first pair, or adopts the one that is there.
Requests and answers are those of `slipway.sealing.exchange`.
"""
