"""What Containerfile and compose.yaml say, as calls and variables of the shell: for `try`, which runs them.

    plan.py image CONTAINERFILE CONTEXT
    plan.py service COMPOSE NAME

What is not known here is an error: nothing in these files may be left untried without a word.
"""

import json
import pathlib
import re
import shlex
import sys

import yaml


def fail(why):
    sys.exit(f"plan.py: {why}")


def call(name, *words):
    print(name, *map(shlex.quote, words))


def array(name, words):
    print(f"{name}=({' '.join(map(shlex.quote, words))})")


def instructions(text):
    """Name and rest of each instruction; a line that ends with a backslash goes on."""
    text = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text))
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, rest = line.partition(" ")
        yield name.upper(), rest.strip()


def command(rest):
    """An array is a program with its arguments; anything else is for the shell."""
    return json.loads(rest) if rest.startswith("[") else ["/bin/sh", "-c", rest]


def stages(text):
    found = []
    for name, rest in instructions(text):
        if name == "FROM":
            found.append((rest, []))
        elif not found:
            fail(f"{name} before the first FROM")
        else:
            found[-1][1].append((name, rest))
    return found


def image(path, context):
    *before, (base, steps) = stages(pathlib.Path(path).read_text())
    for name, instructions_of_it in before:
        for step, rest in instructions_of_it:
            for source in rest.split()[:-1] if step == "COPY" else []:
                if not (pathlib.Path(context) / source).exists():
                    fail(f"COPY {rest}: there is no {source}")
        built = "; ".join(rest for step, rest in instructions_of_it if step == "RUN")
        call("not_run", f"FROM {name}: {built}")
    match = re.fullmatch(r"docker\.io/library/debian:(\w+)-slim", base)
    if not match:
        fail(f"FROM {base}: debootstrap makes Debian only")
    call("base", match[1])
    for name, rest in steps:
        words = shlex.split(rest)
        if name == "RUN":
            call("run", rest)
        elif name == "COPY" and len(words) == 3 and words[0].startswith("--from=") and words[1].endswith("/mailhaul"):
            call("copy_program", words[2])
        elif name == "ENV":
            print(f"image_env+=({shlex.join(words)})")
        elif name == "USER":
            call("user", rest)
        elif name == "VOLUME":
            array("image_volumes", command(rest))
        elif name == "ENTRYPOINT":
            array("image_entrypoint", command(rest))
        elif name == "CMD":
            array("image_command", command(rest))
        elif name == "HEALTHCHECK":
            array("image_health", command(rest.partition("CMD ")[2]))
        else:
            fail(f"{name} {rest}: not known here")


def service(path, name):
    everything = yaml.safe_load(pathlib.Path(path).read_text())
    said = everything["services"][name]
    known = {
        "command": lambda value: array("service_command", value),
        "environment": lambda value: array("service_env", [f"{key}={text}" for key, text in value.items()]),
        "secrets": lambda value: array("service_secrets", value),
        "volumes": lambda value: array("service_volumes", value),
        "read_only": lambda value: print(f"service_read_only={str(value).lower()}"),
        "cap_drop": lambda value: array("service_cap_drop", value),
        "security_opt": lambda value: array("service_security_opt", value),
        "healthcheck": lambda value: array("service_health", value["test"][1:]),
        "image": lambda value: None,
        "build": lambda value: None,
        "profiles": lambda value: None,
        "restart": lambda value: call("not_run", f"restart: {value}"),
    }
    for key, value in said.items():
        if key not in known:
            fail(f"services.{name}.{key}: not known here")
        known[key](value)
    build = pathlib.Path(path).parent / said["build"]["context"]
    if not (build / said["build"]["dockerfile"]).exists():
        fail(f"services.{name}.build: there is no {said['build']['dockerfile']}")
    for secret in said["secrets"]:
        if "file" not in everything["secrets"].get(secret, {}):
            fail(f"the secret {secret} has no file")
    for volume in said["volumes"]:
        if volume.split(":")[0] not in everything["volumes"]:
            fail(f"the volume {volume} is not declared")


if sys.argv[1:2] == ["image"]:
    image(*sys.argv[2:])
else:
    service(*sys.argv[2:])
