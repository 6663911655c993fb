# What Ansible does, as lines of JSON: the program that started it shows one line per play and names what failed.
from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: opencenter_events
type: notification
short_description: Appends events as lines of JSON to the file that OPENCENTER_EVENTS names.
description: [Appends events as lines of JSON to the file that OPENCENTER_EVENTS names.]
"""

# Longer messages are in the log; a status line must stay a line.
LONGEST = 4000


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "opencenter_events"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        path = os.environ.get("OPENCENTER_EVENTS")
        self.disabled = not path
        self.file = open(path, "a", encoding="utf-8") if path else None

    def _emit(self, event, **fields):
        self.file.write(json.dumps({"event": event, **fields}) + "\n")
        self.file.flush()

    def v2_playbook_on_start(self, playbook):
        self._emit("playbook", playbook=os.path.basename(playbook._file_name))

    def v2_playbook_on_play_start(self, play):
        self._emit("play", name=play.get_name().strip())

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._emit("task", name=task.get_name().strip())

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._emit("failed", ignored=bool(ignore_errors), **self._what(result))

    def v2_runner_on_unreachable(self, result):
        self._emit("unreachable", **self._what(result))

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        self._emit("recap", hosts=hosts)

    def _what(self, result):
        data = result._result
        # no_log leaves nothing but the fact that it failed: what a task hides is not shown here either.
        if result._task.no_log or data.get("_ansible_no_log"):
            message = "the task hides its output"
        else:
            parts = [data.get(key) for key in ("msg", "stderr", "stdout", "reason")]
            message = "\n".join(str(part).strip() for part in parts if part)
        return {
            "host": result._host.get_name(),
            "task": result._task.get_name().strip(),
            "message": message[:LONGEST],
        }
