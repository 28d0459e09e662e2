"""The topology of docs/deployment.md on this machine, under load and faults, with a ledger.

`people.py` loads it, `ledger.py` keeps what was acknowledged and judges what is seen, `faults.py`
breaks things, and the rest builds what is broken: `cluster.py` (PostgreSQL, Patroni and etcd),
`copies.py` (both halves twice, kept alive as a service manager would), `site.py` (HAProxy and the
names), `network.py` (the cable to the database).
"""
