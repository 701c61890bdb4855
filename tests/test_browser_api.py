"""A page of another origin asks the Chat API, in real Chromium.

Its script is the one of the article "Interact with Falcon Generative AI: AWS Amplify
Meet SageMaker", with what the web page had lost put back: assignments, arrows, and
`await`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route

from tests.api_requests import KEY
from tests.browser_fixtures import serve
from tests.slow_endpoint import serving_slowly

ORIGIN = "https://localhost:3000"
SNIPPET = """
async function fetchResponse(fields) {
  try {
    const response = await fetch(
      "API-INVOKE-URL/chat",
      {
        method: 'POST',
        headers: {
          "x-api-key": apiKey,
          "Access-Control-Allow-Origin": "https://localhost:3000",
        },
        body: JSON.stringify({'message': fields}),
      });
    const data = response.json();
    return data;
  } catch (error) {
    console.log('Error:', error);
    throw error;
  }
}
function submitted(fields) {
  fetchResponse(fields).then(data => {
    data = JSON.parse(data);
    updateText(data.outputs[0].generated_text);
  })
  .catch(error => {
    updateText('Error: ' + error);
  });
}
"""
PAGE = """<!doctype html><meta charset="utf-8"><title>Amplify</title><p id="text"></p>
<script>
const apiKey = "API-KEY";
function updateText(text) { document.getElementById("text").textContent = text; }
SNIPPET
</script>"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """An app with a key, whose endpoint is in AWS; only ORIGIN may ask."""
    with serving_slowly() as aws:
        settings = {
            "FALCON_ENDPOINT": "unknown",
            "FALCON_REGION": "us-east-1",
            "FALCON_API_KEYS": KEY,
            "FALCON_API_ORIGINS": ORIGIN,
        }
        with serve(**aws.environ, **settings) as served:
            yield served


def open_at(page: Page, origin: str, port: int, *, key: str = KEY) -> None:
    """Open the page as if `origin` had served it; only its document is made up."""
    script = SNIPPET.replace("API-INVOKE-URL", f"http://127.0.0.1:{port}")
    document = PAGE.replace("SNIPPET", script).replace("API-KEY", key)

    def serve_document(route: Route) -> None:
        route.fulfill(body=document, content_type="text/html")

    # Chromium asks the person before a page from the network may ask this machine, and
    # a page that no server has served counts as one.
    page.context.grant_permissions(["local-network-access"], origin=origin)
    page.route(f"{origin}/", serve_document)
    page.goto(f"{origin}/")


def answer(page: Page, fields: object) -> str:
    page.evaluate(f"submitted({json.dumps(fields)})")
    text = page.locator("#text")
    text.filter(has_text="e").wait_for()
    return text.inner_text()


@pytest.mark.parametrize("fields", [{"Field0": "What is Falcon?"}, "What is Falcon?"])
def test_the_articles_page_shows_the_answer(
    page: Page, port: int, fields: object
) -> None:
    open_at(page, ORIGIN, port)

    assert answer(page, fields).endswith("Ask a bigger Falcon.")


def test_its_request_is_a_text_after_a_preflight(page: Page, port: int) -> None:
    """What makes it a special case: the header it sends, and the one it does not."""
    open_at(page, ORIGIN, port)
    with page.expect_request(f"http://127.0.0.1:{port}/chat") as asked:
        answer(page, "Hi")

    headers = asked.value.all_headers()
    assert headers["content-type"] == "text/plain;charset=UTF-8"
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["origin"] == ORIGIN


def test_with_a_wrong_key_it_shows_no_answer(page: Page, port: int) -> None:
    open_at(page, ORIGIN, port, key="wrong")

    assert answer(page, "Hi").startswith("Error: SyntaxError")


def test_another_page_is_kept_from_asking(page: Page, port: int) -> None:
    open_at(page, "https://evil.test:3000", port)

    assert answer(page, "Hi") == "Error: TypeError: Failed to fetch"
