"""What a rehearsal needs of the distribution, and what checks the files of deploy/."""

from tools import debian
from tools.say import fail, step

PROGRAMS = {
    "haproxy": "haproxy",
    "patroni": "patroni",
    "etcd": "etcd-server",
    "ip": "iproute2",
    "promtool": "prometheus",
    "systemd-analyze": "systemd",
    "openssl": "openssl",
}
ALONG = {"patroni": ["python3-etcd"]}


def install() -> None:
    """Installs what is missing; ends with one line where that is not possible."""
    missing = [name for name in PROGRAMS if not debian.program(name)]
    if not missing:
        return
    packages = [PROGRAMS[name] for name in missing]
    packages += [extra for name in missing for extra in ALONG.get(name, [])]
    step(f"Installing Debian's {', '.join(packages)}")
    if not debian.install(packages):
        fail(f"the rehearsal needs {', '.join(packages)}; install them and run this again")


if __name__ == "__main__":
    install()
