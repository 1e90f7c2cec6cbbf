#!/usr/bin/env python3
"""Writes features.json: what the recipe's reference scripts make of some tasks, for FeatureGoldenTests.

usage: python3 features.py <folder with the reference's common.py>

For each field and task: the number of distinct features, the sum of their counts, and the vector after TF-IDF and norm
(IDF counted on these tasks, no feature left out) as its inner products with the vectors of all tasks. None of these
depends on how features are hashed. The texts are ours and ASCII: outside of it our scanner knows letters that the
reference does not.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])
import common  # noqa: E402

NAMES = {
    "F_title": "title", "F_body": "body", "F_head": "head", "F_struct": "structure", "F_start": "start",
    "F_comment": "comment", "F_line": "line", "F_question": "question", "F_ctitle": "titleCharacters",
    "F_cbody": "bodyCharacters",
}
TASKS = [
    ("App crashes: parseHTMLFile of foo_bar v1.2.3?",
     "### Steps\n\n1. Open https://example.org/a?b=c.d and wait\n\n```swift\nlet x = 1\n```\n<!-- keep it -->"
     "Why? It can't be. I'm sure!\n\n- [x] searched\n- [ ] asked\n![shot](a.png)"),
    ("How do I export a report as CSV", "Is there a way to do it from the menu? The docs say nothing.\nThanks!!\n\nBye"),
    ("", ""),
    ("Add dark mode", "It would be nice to have a dark mode.\nPlease consider it. It would be nice.\n\n\n**Why**\n\nEyes."),
    ("TypeError: 'NoneType' object is not subscriptable in __init__",
     "Traceback (most recent call last):\n  File \"a.py\", line 10, in <module>\n    at Foo.bar(Baz.java:10)\n"
     "TypeError: 'NoneType'\n```\nraise ValueError(\"x\")\n```\nmore ```inline``` code. And _private_name_ too."),
    ("DON'T use I'm, ABc or XMLHttpRequest2 in snake_case_names",
     "## Expected  \n\nNothing happens\r\n## Actual\n\nIt breaks!!! Again?? Yes. <!-- Describe what\nyou see -->\n"
     "   indented line with trailing blanks   \nINDENTED LINE with trailing blanks\n# x\n**b"),
    ("http://a.b/c is down", "see xhttps://foo.example/bar_baz, (https://q.example/?a=1) and http:// too\nversion 10.4 or 7"),
    ("Crash when saving", "It crashes. It crashes. It crashes when saving a file.\n```\nunclosed code"),
    ("The the the", "<!-- one --><!-- two! --> ok <!-- unclosed\n- [X] done\n- [x] done too\n<img src=x.gif>"),
    ("Long one " + "very " * 30 + "long", "word " * 230 + "\n" + "Question number one? " * 25 + "stack overflow.\n" * 45),
]


def main():
    tasks = [{"title": title, "body": body} for title, body in TASKS]
    fields = {}
    for function, _, _, idf in common.RECIPE:
        counts = [common.Fields([(function, 1, 1.0, idf)])._count(function, task) for task in tasks]
        matrix = common.Fields([(function, 1, 1.0, idf)]).fit(tasks).transform(tasks)
        products = (matrix @ matrix.T).toarray()
        fields[NAMES[function.__name__]] = {
            "distinct": [len(count) for count in counts],
            "total": [sum(count.values()) for count in counts],
            "products": [[round(float(value), 5) for value in row] for row in products],
        }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "features.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"tasks": tasks, "fields": fields}, file, indent=None, separators=(",", ":"), sort_keys=True)
        file.write("\n")
    print(path)


if __name__ == "__main__":
    main()
