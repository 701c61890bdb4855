"""A request as a command line: AWS CLI, or curl, which signs as AWS wants it.

Both ask for a whole answer: neither reads SageMaker's framing of a stream. The body
comes through a pipe, since a single argument may have 128 KB at most. AWS CLI is held
to one attempt: it repeats a read timeout, and each one is a paid generation.
"""

from __future__ import annotations

from falcon.endpoint import Endpoint
from falcon.show_code.literals import shell_word, visible_json

_AWS_CLI = """\
printf '%s' {payload} |
AWS_MAX_ATTEMPTS=1 aws sagemaker-runtime invoke-endpoint \\
{options}  --cli-read-timeout 70 \\
  --content-type application/json \\
  --body fileb:///dev/stdin \\
  answer.json &&
cat answer.json
"""
_CURL = """\
printf '%s' {payload} |
curl --silent --show-error --fail-with-body --max-time 70 \\
{signature}  --header 'Content-Type: application/json' \\
  --data-binary @- \\
  {url}
"""
_SIGNATURE = """\
  --aws-sigv4 {scheme} \\
  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
  ${{AWS_SESSION_TOKEN:+-H"X-Amz-Security-Token: $AWS_SESSION_TOKEN"}} \\
"""


def cli_code(endpoint: Endpoint, payload: bytes) -> str:
    """Return the AWS CLI command; it leaves the answer in answer.json."""
    options = [f"--region {endpoint.region}", f"--endpoint-name {endpoint.name}"]
    if endpoint.url is not None:
        options.append(f"--endpoint-url {shell_word(endpoint.url)} --no-sign-request")
    return _AWS_CLI.format(
        payload=shell_word(visible_json(payload)),
        options="".join(f"  {option} \\\n" for option in options),
    )


def curl_code(endpoint: Endpoint, payload: bytes) -> str:
    """Return the curl command. It takes credentials from AWS's own three variables.

    The third one is not set for everybody, and curl would sign an empty header without
    sending it.
    """
    scheme = shell_word(f"aws:amz:{endpoint.region}:sagemaker")
    base = endpoint.url or runtime_url(endpoint.region)
    return _CURL.format(
        payload=shell_word(visible_json(payload)),
        signature="" if endpoint.url else _SIGNATURE.format(scheme=scheme),
        url=shell_word(f"{base}/endpoints/{endpoint.name}/invocations"),
    )


def runtime_url(region: str) -> str:
    """Return the address of SageMaker Runtime in a region."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://runtime.sagemaker.{region}.{suffix}"
