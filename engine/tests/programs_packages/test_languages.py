"""Languages, their package managers, the network, and servers that stay up."""

from collections.abc import Callable

import pytest

from engine.budget import BudgetExceeded
from engine.tests.programs_packages.conftest import Lab

Make = Callable[[str], Lab]


@pytest.mark.parametrize(
    "reference",
    [
        "nginx",
        "nginx:alpine",
        "httpd",
        "redis",
        "postgres",
        "mysql",
        "mongo",
        "traefik",
        "registry:2",
        "php:8.3-apache",
        "wordpress",
    ],
)
def test_servers_start_and_stay_up(lab: Make, reference: str) -> None:
    box = lab(reference)
    config = box.image.config
    box.cwd = config.working_dir or "/"
    box.env.update(POSTGRES_PASSWORD="x", MYSQL_ROOT_PASSWORD="x")
    box.run(*(config.entrypoint or ()), *(config.cmd or ()))
    assert box.stayed_up, box.err
    assert box.out or box.err


def test_nginx_in_the_background_ends(lab: Make) -> None:
    box = lab("nginx")
    assert box.run("nginx") == 0 and not box.stayed_up
    box.write("/etc/nginx/nginx.conf", "events {\n  worker_connections 1024\n}\n")
    assert box.run("nginx", "-t") == 1 and "is not terminated by" in box.err


def test_a_database_without_a_password_says_so(lab: Make) -> None:
    box = lab("postgres")
    assert box.run("docker-entrypoint.sh", "postgres") == 1
    assert "superuser password is not specified" in box.err


def test_hello_world(lab: Make) -> None:
    box = lab("hello-world")
    assert box.run("/hello") == 0 and "Hello from Docker" in box.out


def test_python_prints(lab: Make) -> None:
    box = lab("python:3.12-slim")
    assert box.run("python", "-c", "print(1)") == 0 and box.out == "1\n"
    program = "d = {w: len(w) for w in 'a bb'.split()}\nfor k, v in d.items():\n    print(f'{k:>3}={v}')"
    assert box.run("python3", "-c", program) == 0 and box.out == "  a=1\n bb=2\n"
    assert box.run("python3", "-c", "import numpy") == 1
    assert "ModuleNotFoundError: No module named 'numpy'" in box.err
    assert box.run("python3", "-c", "class A: pass") == 1 and "simulates only a small part" in box.err
    assert box.run("python3", "-c", "1/0") == 1 and "ZeroDivisionError: division by zero" in box.err
    assert box.run("python3", "-c", "import sys; sys.exit(3)") == 3


@pytest.mark.parametrize(
    "program",
    ["while True: pass", "x = 'a' * 10**9", "l = [0]\nwhile True: l = l + l", "x = sum([[0]*9]*99999, [])"],
)
def test_hostile_python_runs_out_of_budget(lab: Make, program: str) -> None:
    with pytest.raises(BudgetExceeded):
        lab("python:3.12-slim").run("python3", "-c", program)


@pytest.mark.parametrize(
    "program",
    [
        "print(2 ** 10 ** 9)",
        "f'{1:999999999}'",
        "'{0.__class__}'.format(1)",
        "().__class__.__bases__",
        "print.__globals__",
        "(" * 500 + ")" * 500,
        "-" * 100_000 + "1",
        "def f(): return f()\nf()",
        "'%999999999d' % 1",
        "'a'.ljust(10**12)",
        "1 << 10**9",
    ],
)
def test_hostile_python_is_an_ordinary_error(lab: Make, program: str) -> None:
    box = lab("python:3.12-slim")
    assert box.run("python3", "-c", program) == 1
    assert len(box.out) < 1000


def test_flask_needs_installing_and_then_stays_up(lab: Make) -> None:
    box = lab("python:3.12-slim")
    box.write(
        "/app/app.py", "from flask import Flask\napp = Flask(__name__)\napp.run(host='0.0.0.0', port=8080)\n"
    )
    assert box.run("python", "/app/app.py") == 1 and "No module named 'flask'" in box.err
    assert box.run("pip", "install", "flask") == 0 and "Successfully installed" in box.out
    box.run("python", "/app/app.py")
    assert box.stayed_up and "Running on http://127.0.0.1:8080" in box.err


def test_pips_cache_is_bytes(lab: Make) -> None:
    kept, tidy = lab("python:3.12-slim"), lab("python:3.12-slim")
    kept.write("/r.txt", "requests==2.31.0\n# comment\nflask\n")
    tidy.write("/r.txt", "requests==2.31.0\nflask\n")
    assert kept.run("pip", "install", "-r", "/r.txt") == 0
    assert tidy.run("pip", "install", "--no-cache-dir", "-r", "/r.txt") == 0
    assert kept.layer.size > tidy.layer.size + 500_000
    kept.run("pip", "freeze")
    assert "requests==2.31.0\n" in kept.out
    assert kept.run("pip", "install", "nonesuch-thing") == 1
    assert "No matching distribution found for nonesuch-thing" in kept.err


def test_npm_wants_a_lock_for_ci(lab: Make) -> None:
    box = lab("node:22-slim")
    box.cwd = "/app"
    box.write(
        "/app/package.json", '{"name":"a","scripts":{"start":"node s.js"},"dependencies":{"express":"^5"}}'
    )
    box.write("/app/s.js", 'require("express")().listen(80, () => console.log("up"))\n')
    assert box.run("npm", "ci") == 1 and "EUSAGE" in box.err
    assert box.run("node", "s.js") == 1 and "Cannot find module 'express'" in box.err
    assert box.run("npm", "install") == 0 and box.has("/app/node_modules/express/package.json")
    assert box.has("/root/.npm") and box.has("/app/package-lock.json")
    assert box.run("npm", "ci") == 0
    box.run("npm", "start")
    assert box.stayed_up and box.out.endswith("up\n")


def test_go_and_c_programs_print_what_their_sources_say(lab: Make) -> None:
    box = lab("golang:alpine")
    box.cwd = "/src"
    box.write("/src/main.go", 'package main\nimport "fmt"\nfunc main() { fmt.Println("hello, go") }\n')
    assert box.run("go", "build", "-o", "/app", ".") == 1
    assert box.run("go", "mod", "init", "x") == 0 and box.run("go", "build", "-o", "/app", ".") == 0
    assert box.run("/app") == 0 and box.out == "hello, go\n"
    c = lab("gcc:7")
    c.write("/hello.c", '#include <stdio.h>\nint main(void) { printf("hi\\n"); return 0; }\n')
    c.write("/Makefile", "hello: hello.c\n\tgcc -o $@ $<\n")
    assert c.run("make") == 0 and c.out == "gcc -o hello hello.c\n"
    assert c.run("/hello") == 0 and c.out == "hi\n"
    assert c.run("make") == 0 and "is up to date" in c.out


def test_the_network_is_small_and_honest(lab: Make) -> None:
    box = lab("alpine")
    assert box.run("wget", "-q", "-O", "-", "http://site.example/hello.txt") == 0
    assert box.out == "hello from the simulated network\n"
    assert box.run("wget", "http://nowhere.invalid/") == 1 and "bad address" in box.err
    box.run("apk", "add", "--no-cache", "curl", "git")
    assert box.run("curl", "-fsS", "https://files.example/none") == 22 and "error: 404" in box.err
    assert box.run("curl", "localhost") == 7
    assert box.run("git", "clone", "-q", "https://github.com/layerlab/hello") == 0
    assert box.has("/hello/.git/HEAD") and box.has("/hello/app.py")
    box.network = False
    assert box.run("curl", "-s", "http://site.example/hello.txt") == 6


def test_https_needs_certificates(lab: Make) -> None:
    box = lab("debian:bookworm-slim")
    box.run("apt-get", "update")
    box.run("apt-get", "install", "-y", "--no-install-recommends", "curl")
    assert box.run("curl", "-s", "-S", "https://site.example/hello.txt") == 77
    box.run("apt-get", "install", "-y", "ca-certificates")
    assert box.run("curl", "-s", "https://site.example/hello.txt") == 0


def test_git_keeps_history(lab: Make) -> None:
    box = lab("node:22")
    box.cwd = "/repo"
    box.write("/repo/a.txt", "one\n")
    assert box.run("git", "init") == 0 and box.run("git", "add", ".") == 0
    assert box.run("git", "commit", "-m", "First") == 128 and "Please tell me who you are" in box.err
    box.run("git", "config", "--global", "user.name", "Ada")
    box.run("git", "config", "--global", "user.email", "ada@site.example")
    assert box.run("git", "commit", "-m", "First") == 0
    box.write("/repo/a.txt", "two\n")
    box.run("git", "status", "--short")
    assert box.out == " M a.txt\n"
    box.run("git", "diff")
    assert "-one\n+two\n" in box.out
    box.run("git", "log", "--oneline")
    assert box.out.endswith(" First\n")


def test_gosu_steps_down(lab: Make) -> None:
    box = lab("redis")
    assert box.run("gosu", "redis", "id", "-un") == 0 and box.out == "redis\n"
    assert box.run("gosu", "nobody-here", "id") == 1


def test_helpers_that_dockerfiles_call(lab: Make) -> None:
    box = lab("debian:bookworm")
    box.run("apt-get", "update")
    assert box.run("apt-get", "install", "-y", "jq", "gettext-base", "gnupg", "apache2") == 0
    box.write("/data.json", '{"a": {"b": [1, "two"]}}')
    assert box.run("jq", "-r", ".a.b[1]", "/data.json") == 0 and box.out == "two\n"
    assert box.run("a2enmod", "rewrite") == 0 and "Enabling module rewrite." in box.out
    assert box.run("gpg", "--version") == 0
    assert box.run("apache2ctl", "-D", "FOREGROUND") == -1 and box.stayed_up
