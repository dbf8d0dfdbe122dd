"""Jinja2 as transformers 5.23.0 sets it up in `utils/chat_template_utils.py`, and its answer to a template."""

import datetime
import json
import warnings

import jinja2
import jinja2.ext
import jinja2.sandbox

# Unknown escapes in string literals are part of what is tested.
warnings.simplefilter("ignore")

NOW = datetime.datetime(2026, 3, 5, 7, 8, 9)


class GenerationBlocks(jinja2.ext.Extension):
    """`{% generation %}…{% endgeneration %}`, whose body is called like a call block."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_generate"), [], [], body).set_lineno(line)

    @jinja2.pass_eval_context
    def _generate(self, context, caller):
        return caller()


class RaisedByTemplate(jinja2.exceptions.TemplateError):
    pass


def raise_exception(message):
    raise RaisedByTemplate(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def strftime_now(format):
    return NOW.strftime(format)


class TemplateDict:
    def __call__(self, *args, **kwargs):
        return dict(*args, **kwargs)

    def fromkeys(self, *args, **kwargs):
        return dict.fromkeys(*args, **kwargs)


class TemplateNamespace(jinja2.utils.Namespace):
    def __init__(*args, **kwargs):
        self, args = args[0], args[1:]
        attrs = dict(*args, **kwargs)
        for name in attrs:
            TemplateNamespace._check_name(name)
        jinja2.utils.Namespace.__init__(self, attrs)

    def __setitem__(self, name, value):
        TemplateNamespace._check_name(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def _check_name(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError(name)


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[GenerationBlocks, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = strftime_now
    env.globals["dict"] = TemplateDict()
    env.globals["namespace"] = TemplateNamespace
    return env


ENVIRONMENT = environment()


def answer(source, context):
    """`{"o": text}`, or `{"e": "syntax" | "runtime" | "raised"}`, the last with the message in `m`."""
    try:
        template = ENVIRONMENT.from_string(source)
    except Exception:
        return {"e": "syntax"}
    try:
        return {"o": template.render(**json.loads(json.dumps(context)))}
    except RaisedByTemplate as error:
        return {"e": "raised", "m": str(error.args[0]) if error.args[0] is not None else "None"}
    except Exception:
        return {"e": "runtime"}
