"""The packed browser client and the built gate: a socket that outlives its pass."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from examples.tests.conftest import Serve
from tools import node

PAGE = """
import { openSocket } from "gatepass/browser";

const tokens = JSON.parse(process.env.TOKENS);
const pass = { isApi: () => true, token: async () => tokens.shift() };
const close = openSocket(pass, process.env.ADDRESS, (socket) => {
  socket.addEventListener("open", () => socket.send("hello"));
  socket.addEventListener("close", ({ code }) => console.log(code));
  socket.addEventListener("message", ({ data }) => {
    console.log(socket.protocol, data);
    if (!tokens.length) close();
  });
});
"""


def test_a_page_takes_a_new_pass_when_the_old_one_ends(
    serve_api: Serve, mint: Callable[..., str], tarball: Path, tmp_path: Path
) -> None:
    modules = tmp_path / "node_modules"
    modules.mkdir()
    subprocess.run(["tar", "-xzf", tarball], cwd=modules, check=True)
    (modules / "package").rename(modules / "gatepass")
    (tmp_path / "page.mjs").write_text(PAGE)
    later = mint("ada")
    with serve_api("starlette") as url:
        tokens = [mint("ada", expires_in=4), later]
        done = subprocess.run(
            [node.NODE, "page.mjs"],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "TOKENS": json.dumps(tokens),
                "ADDRESS": url.replace("http", "ws") + "/echo",
            },
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.stdout.splitlines()[:3] == ["gatepass ada: hello", "4401", "gatepass ada: hello"], (
        done.stderr
    )
