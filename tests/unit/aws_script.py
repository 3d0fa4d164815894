"""AWS by a script: real boto3 clients whose requests go no further than to the tests."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from urllib3 import HTTPResponse

Client = TypeVar("Client", bound=Any)


@dataclass(frozen=True)
class Answer:
    """What AWS answers; a document becomes JSON."""

    content: Mapping[str, object] | bytes = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(code: str, *, status: int = 400, **more: object) -> Answer:
    return Answer({"__type": f"com.amazonaws.v1#{code}", "message": "no", **more}, status)


class Aws:
    """Answers requests one after the other, with the last answer from then on; remembers the requests."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[AWSPreparedRequest] = []

    def behind(self, client: Client) -> Client:
        client.meta.events.register_first("before-send", self._answer)  # and not to moto either
        return client

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.requests]

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        content = answer.content if isinstance(answer.content, bytes) else json.dumps(answer.content).encode()
        raw = HTTPResponse(io.BytesIO(content), status=answer.status, preload_content=False)
        return AWSResponse(request.url, answer.status, answer.headers, raw)
