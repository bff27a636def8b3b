"""Holds the documents to what there is: check.py [PROGRAM]

- Every link within the repository leads to a file, and its fragment to a heading.
- Every call of /api/v1 and every other address of the server that is named is one of openapi.yaml's, with its method.
- Every `slipway …` that is shown is a command that PROGRAM has, with options that it has; docs/cli.md lists them all.
- Every metric that docs/operations.md names is in the program's source (those of docs/prometheus: MetricsEndpointTests).
- Every URL of a database that is to be verified says who vouches for it, by a file that Slipway's image or its pods have.
- docs/rules.md names, for each rule, the files of Swift tests whose display names do.
- PROGRAM accepts the README's configuration; those of k8s/, with the files that its pods have and no other; and with
  what k8s/argocd asks for besides, whose image is the one that k8s/replicas runs.
"""

import collections
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
import unicodedata

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1``` *$", re.M | re.S)
# Words that begin a line of a terminal before the command itself.
BEFORE = re.compile(r"^\s*(?:\$ |[A-Z_]+=\S+ |sudo )*")


def documents():
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in listed}


def anchors(text):
    """As GitHub makes them of headings."""
    found, counts = set(), {}
    for line in re.sub(FENCE, "", text).split("\n"):
        if heading := re.match(r"#{1,6} (.*)", line):
            words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "").strip().lower()
            kept = "".join(c for c in words if c in "-_ " or unicodedata.category(c)[0] in "LN").replace(" ", "-")
            number = counts[kept] = counts.get(kept, -1) + 1
            found.add(kept if number == 0 else f"{kept}-{number}")
    return found


def links(texts):
    for name, text in texts.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(FENCE, "", text)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, fragment = target.partition("#")
            file = (ROOT / name).parent / path if path else ROOT / name
            if not file.exists():
                yield f"{name}: {target} leads nowhere"
            elif fragment and file.suffix == ".md" and fragment not in anchors(file.read_text(encoding="utf-8")):
                yield f"{name}: {target}: there is no such heading"


def calls(texts):
    paths = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))["paths"]
    patterns = {re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) + "$"): set(operations) for path, operations in paths.items()}
    named = re.compile(r"(?:\b(GET|POST|DELETE|PUT|PATCH|HEAD)\s+(?:`)?)?(?<![\w.}])(?:\$url|https?://(?:slipway\.example\.com|127\.0\.0\.1:8080|localhost:8080))?(/(?:api/v1|webhooks|metrics|livez|readyz|session|openapi\.yaml)(?:/[\w{}.$-]*)*)")
    for name, text in texts.items():
        # Decisions speak of the calls of others, too.
        for match in named.finditer("" if name.startswith("docs/decisions/") else text):
            method, path = match[1], match[2].rstrip("/.")
            if path in ("/api/v1", "/webhooks") or "…" in text[match.end():match.end() + 2]:
                continue
            found = [methods for pattern, methods in patterns.items() if pattern.match(path.replace("…", "x"))]
            if not found:
                yield f"{name}: {path} is not in openapi.yaml"
            elif method and method != "HEAD" and not any(method.lower() in methods for methods in found):
                yield f"{name}: {method} {path} is not in openapi.yaml"


def commands(texts, program):
    described = json.loads(subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout)["command"]
    options = {one["commandName"]: {(("--" if name["kind"] == "long" else "-") + name["name"]) for argument in one.get("arguments", [])
                                    for name in argument.get("names", [])} for one in described["subcommands"]}
    listed = re.findall(r"^\| `(\w+)[^`]*`(?:, `(\w+)[^`]*`)? \|", texts["docs/cli.md"], re.M)
    for name in options.keys() - set(itertools.chain(*listed)) - {"serve", "check", "init", "migrate", "help"}:
        yield f"docs/cli.md does not list {name}"
    for name, text in texts.items():
        shown = re.findall(r"`slipway ((?:[^`\n])+)`", text)
        for _, language, block in FENCE.findall(text):
            if language in ("sh", "console", "bash"):
                lines = block.replace("\\\n", " ").split("\n")
                shown += [BEFORE.sub("", line)[len("slipway "):] for line in lines if BEFORE.sub("", line).startswith("slipway ")]
        for line in shown:
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                words = line.split()
            command, *rest = itertools.takewhile(lambda word: word not in ("|", ">", "&&", ";"), words)
            if command.startswith("--") or command == "help":
                continue
            if command not in options:
                if re.fullmatch(r"[a-z]+", command):
                    yield f"{name}: there is no command `slipway {command}`"
                continue
            for word in rest:
                option = word.strip("[]").split("=")[0]
                if re.match(r"--?[a-z]", option) and option not in options[command]:
                    yield f"{name}: `slipway {command}` has no {option}"


def metrics(texts):
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "Sources").rglob("*.swift"))
    known = set(re.findall(r'"((?:slipway|process)_[a-z_]+)"', sources))
    said = " ".join(re.findall(r"`((?:slipway|process)_[^`]*)`", texts["docs/operations.md"]))
    for metric in re.findall(r"\b(?:slipway|process)_[a-z_]*[a-z]\b", said):
        if metric not in known:
            yield f"docs/operations.md: no metric is called {metric}"


def databases():
    """Of `sslmode=verify-full` alone libpq makes a file in the home directory, which nobody puts there."""
    present = {"/etc/ssl/certs/ca-certificates.crt"} if "ca-certificates" in (ROOT / "Dockerfile").read_text(encoding="utf-8") else set()
    pods = [yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["spec"]["template"]["spec"]
            for name in ("k8s/replicas/deployment.yaml", "k8s/migrate/job.yaml")]
    present |= set.intersection(*(
        {f"{mount['mountPath']}/{item['path']}" for volume in pod["volumes"] for item in volume.get("secret", {}).get("items", [])
         for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == volume["name"]} for pod in pods))
    listed = subprocess.run(["git", "ls-files", "*.md", "*.yaml"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    for name in listed:
        text = (ROOT / name).read_text(encoding="utf-8")
        for path in re.findall(r"sslrootcert=([\w./-]+)", text):
            if path not in present:
                yield f"{name}: no image and no pod of Slipway's has {path}"
        # Not where it is spoken of; and the rest of a long URL may stand on the next line.
        for match in re.finditer(r"sslmode=verify-(?:ca|full)(?!`)(.{0,30})", text, re.S):
            if "&sslrootcert=" not in match[1]:
                yield f"{name}: sslmode=verify-… without an sslrootcert"


def rules(texts):
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for path in sorted((ROOT / "Tests").rglob("*.swift")):
        for words in re.findall(r'(?:@Test|ContractCase|@Suite)\(\s*"((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")):
            for rule in re.findall(r"\bR(?:1[0-4]|[1-9])\b", words):
                found[rule][path.relative_to(ROOT / "Tests").parts[0]].add(path.stem)
    rows = re.findall(r"^\| (R\d+) \| .* \| ([^|]*Tests[^|]*) \|$", texts["docs/rules.md"], re.M)
    if len(rows) != 14:
        yield f"docs/rules.md: the table of tests has {len(rows)} rules, not 14"
    for rule, cell in rows:
        wanted = "; ".join(f"{target}: " + ", ".join(f"`{name}`" for name in sorted(names)) for target, names in sorted(found[rule].items()))
        if cell != wanted:
            yield f"docs/rules.md: the tests of {rule} are {wanted}"


def refusal(program, text, files, environment=()):
    """What `slipway check` says against a configuration whose directory has these files and no others."""
    with tempfile.TemporaryDirectory() as place:
        directory = pathlib.Path(place)
        for path in files:
            (directory / path).parent.mkdir(exist_ok=True)
            (directory / path).write_text(f"{path}-of-enough-length\n")
            (directory / path).chmod(0o600)
        (directory / "slipway.yaml").write_text(text)
        done = subprocess.run([program, "check", "--config", directory / "slipway.yaml"], env={**os.environ, **dict(environment)},
                              capture_output=True, text=True, check=False)
        return f"{done.stdout}{done.stderr}".replace(f"{directory}/", "") if done.returncode else None


def configuration(texts, program):
    blocks = [block for _, language, block in FENCE.findall(texts["README.md"]) if language == "yaml" and "services:" in block]
    for number, block in enumerate(blocks):
        text = textwrap.dedent(block)
        if said := refusal(program, text, re.findall(r"file: ([\w./]+)", text)):
            yield f"README.md: its configuration {number + 1} is refused: {said}"
    if not blocks:
        yield "README.md shows no configuration"


def kubernetes(program):
    def read(name):
        return (ROOT / "k8s" / name).read_text(encoding="utf-8")

    pod = yaml.safe_load(read("base/deployment.yaml"))["spec"]["template"]["spec"]
    projected = next(volume["projected"]["sources"] for volume in pod["volumes"] if volume["name"] == "config")
    files = [item["path"] for source in projected for item in source.get("secret", {}).get("items", [])]
    database = {"DATABASE_URL": "postgres://slipway:password@db:5432/slipway"}
    replicas = yaml.safe_load(read("replicas/slipway.yaml"))
    # What is indented further than the words of the comment.
    indented = re.findall(r"^#   (?!kubectl)(.*\n)", read("argocd/applications.yaml"), re.M)
    more = yaml.safe_load("".join(indented))
    itself = {**replicas, **{key: {**replicas.get(key, {}), **section} for key, section in more.items()}}
    for name, text in (("base/slipway.yaml", read("base/slipway.yaml")), ("replicas/slipway.yaml", read("replicas/slipway.yaml")),
                       ("replicas/slipway.yaml, with what argocd/applications.yaml asks for", yaml.safe_dump(itself))):
        if said := refusal(program, text, files, database):
            yield f"k8s/{name} is refused: {said}"
    for service in more["services"].values():
        manifest = service["manifest"]
        images = yaml.safe_load((ROOT / manifest["path"] / "kustomization.yaml").read_text(encoding="utf-8"))["images"]
        if service["image"] not in [image["newName"] for image in images if image["name"] == manifest["imageName"]]:
            yield f"k8s/argocd/applications.yaml: {manifest['path']} runs another image than {service['image']}"


def main():
    texts = documents()
    wrong = list(itertools.chain(links(texts), calls(texts), metrics(texts), databases(), rules(texts)))
    if len(sys.argv) > 1:
        wrong += itertools.chain(commands(texts, sys.argv[1]), configuration(texts, sys.argv[1]), kubernetes(sys.argv[1]))
    for sentence in dict.fromkeys(wrong):
        print(sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
