"""Writes down what Jinja2, set up as transformers does it, makes of the templates and probes of this folder.

    python generate.py                       # into this folder
    python generate.py --templates DIR FILE  # other templates' answers, for DURE_TEMPLATE_CASES=FILE
"""

import argparse
import hashlib
import json
import pathlib
import sys

import jinja2

import contexts
import probes
import reference

FOLDER = pathlib.Path(__file__).parent


def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def answers(folder):
    for path in sorted(folder.glob("*.jinja")):
        source = path.read_bytes().decode()
        for name, context in contexts.CONTEXTS.items():
            yield path.stem, source, name, context, reference.answer(source, context)


def write(name, text):
    (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    return name


def generate():
    files = [write("contexts.json", json.dumps(contexts.CONTEXTS, ensure_ascii=False, indent=1) + "\n")]
    files.append(
        write(
            "answers.jsonl",
            "".join(line({"n": n, "c": c, **answer}) for n, _, c, _, answer in answers(FOLDER)),
        )
    )
    sources = ["{{ " + expression + " }}" for expression in probes.EXPRESSIONS] + probes.TEMPLATES
    sources = list(dict.fromkeys(sources))
    lines = [line({"t": source, **reference.answer(source, probes.CONTEXT)}) for source in sources]
    unstable = [l for l in lines if " at 0x" in l]
    lines = [l for l in lines if " at 0x" not in l]
    if unstable:
        print("left out, since they print addresses:", *unstable, sep="\n", file=sys.stderr)
    files.append(write("probes.jsonl", line(probes.CONTEXT) + "".join(lines)))
    files += sorted(path.name for path in FOLDER.glob("*.jinja"))
    manifest = {
        "library": f"jinja2 {jinja2.__version__}",
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "sha256": {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in files},
    }
    write("manifest.json", json.dumps(manifest, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--templates", nargs=2, metavar=("DIR", "FILE"))
    arguments = parser.parse_args()
    if not arguments.templates:
        return generate()
    folder, file = map(pathlib.Path, arguments.templates)
    file.write_text(
        "".join(line({"n": f"{n}:{c}", "t": t, "c": context, **answer}) for n, t, c, context, answer in answers(folder)),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
