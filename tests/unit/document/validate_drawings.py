"""Judges drawings by the published schema with an independent validator.

Reads lines of JSON {"what": ..., "legal": bool, "drawing": {...}} from the file named second; prints one line for each
whose verdict is not the expected one. Exit status 77: the validator is not installed.
"""
import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
count = 0
with open(sys.argv[2], encoding="utf-8") as file:
    for line in file:
        case = json.loads(line)
        error = next(validator.iter_errors(case["drawing"]), None)
        count += 1
        if (error is None) != case["legal"]:
            print(f"{case['what']}: {'accepted' if error is None else error.message[:200]}")
print(f"judged {count}")
