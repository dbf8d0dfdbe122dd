"""The conversations in which every template is rendered."""

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city, now & later. <b>Not</b> for 'other' planets.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Name of the city, like \"서울\""},
                "days": {"type": "integer", "description": "How many days", "default": 1, "minimum": 0, "maximum": 14},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "Unit"},
                "detail": {
                    "type": "object",
                    "properties": {"wind": {"type": "boolean"}, "factor": {"type": "number", "default": 1.5}},
                    "required": [],
                },
            },
            "required": ["city"],
        },
        "return": {"type": "string", "description": "A sentence"},
    },
}
SEARCH = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Searches",
        "parameters": {
            "type": "object",
            "properties": {
                "query": {"type": "string"},
                "filters": {"type": "array", "items": {"type": "string"}},
                "limit": {"type": ["integer", "null"]},
            },
            "required": ["query", "filters"],
        },
    },
}
BASE = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


def call(identifier, name, arguments):
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


SYSTEM = {"role": "system", "content": "  You are 두레, a helpful assistant.\n"}
TOOL_TURNS = [
    user("서울 날씨 어때? And in Paris?"),
    assistant(
        "",
        tool_calls=[
            call("call00001", "get_weather", {"city": "서울", "days": 2, "detail": {"wind": True, "factor": 1.0}}),
            call("call00002", "get_weather", {"city": "Paris", "unit": "celsius"}),
        ],
    ),
    {"role": "tool", "tool_call_id": "call00001", "name": "get_weather", "content": "{\"temperature\": -3.5, \"sky\": \"맑음\"}"},
    {"role": "tool", "tool_call_id": "call00002", "name": "get_weather", "content": "{\"temperature\": 12}"},
    assistant("It is cold in Seoul & mild in Paris."),
    user("Thanks! <3"),
]

CONTEXTS = {
    "system": {"messages": [SYSTEM, user(" Hello, who are you?\n")], "add_generation_prompt": True},
    "turns": {
        "messages": [user("1 + 1?"), assistant("2"), user("And \"2\" + '2'?"), assistant(" 4 "), user("끝.")],
        "add_generation_prompt": True,
    },
    "tools": {"messages": [SYSTEM, user("What's new?")], "tools": [WEATHER, SEARCH], "add_generation_prompt": True},
    "tool_results": {
        "messages": [SYSTEM] + TOOL_TURNS,
        "tools": [WEATHER, SEARCH],
        "add_generation_prompt": True,
        "enable_thinking": False,
    },
    "thinking": {
        "messages": [
            SYSTEM,
            user("Why?"),
            assistant("Because.", reasoning_content="Let me think.\n\nYes."),
            user("Really?"),
            assistant("<think>\nhm\n</think>\n\nReally."),
            user("Sure?"),
        ],
        "add_generation_prompt": True,
        "enable_thinking": True,
        "thinking": True,
        "reasoning_effort": "high",
    },
    "no_thinking": {
        "messages": [user([{"type": "text", "text": "Parts "}, {"type": "text", "text": "of text"}]), assistant("Yes."), user("Go on")],
        "add_generation_prompt": True,
        "enable_thinking": False,
        "thinking": False,
        "tools": None,
        "documents": None,
    },
    "no_generation_prompt": {
        "messages": [
            user("Search for cats"),
            assistant(
                "I search.",
                reasoning_content="They want cats.",
                tool_calls=[call("abcdefghi", "search", "{\"query\": \"cats\", \"filters\": [\"new\"]}")],
            ),
            {"role": "tool", "tool_call_id": "abcdefghi", "content": "3 cats"},
            assistant("Three cats."),
        ],
        "tools": [SEARCH],
        "add_generation_prompt": False,
    },
}
CONTEXTS = {name: {**BASE, **context} for name, context in CONTEXTS.items()}
