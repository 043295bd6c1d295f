import pytest

from gateway.errors import UnsafePath
from gateway.routing.rules import request_headers, response_headers, target_path


@pytest.mark.parametrize(
    "path",
    [
        b"/p2p/v1/../metrics", b"/p2p/v1/loans/..", b"/p2p/v1/%2e%2e/metrics", b"/p2p/v1/%2E./x", b"/p2p/v1/./x",
        b"/p2p/v1/..%2fmetrics", b"/p2p/v1/..\\metrics", b"/p2p/v1/%2e%2e%5cmetrics", b"/p2p/metrics", b"/p2p/v1",
    ],
)  # fmt: skip
def test_no_way_leads_out_of_v1(path: bytes) -> None:
    with pytest.raises(UnsafePath):
        target_path(path, "p2p")


def test_percent_encoding_is_left_as_it_came() -> None:
    assert target_path(b"/p2p/v1/loans/a%2Fb%20c", "p2p") == "/v1/loans/a%2Fb%20c"
    assert target_path(b"/p2p/v1/loans/a..b?x=1", "p2p") == "/v1/loans/a..b"


def test_headers_of_the_connection_and_of_browsers_stay_outside() -> None:
    given = [
        ("Authorization", "Bearer x"), ("Idempotency-Key", "k"), ("Accept-Language", "zh"), ("Cookie", "sifang_console=s"),
        ("Connection", "keep-alive, X-Hop"), ("X-Hop", "1"), ("TE", "trailers"), ("Transfer-Encoding", "chunked"),
        ("X-Forwarded-For", "1.2.3.4"), ("Host", "elsewhere"), ("X-Request-Id", "theirs"),
    ]  # fmt: skip
    passed = request_headers(given, {"x-request-id": "ours"})
    assert passed == [
        ("Authorization", "Bearer x"),
        ("Idempotency-Key", "k"),
        ("Accept-Language", "zh"),
        ("x-request-id", "ours"),
    ]


def test_redirects_inside_a_service_stay_inside_its_path() -> None:
    base = "http://127.0.0.1:8002"

    def location(value: str) -> str:
        return response_headers([("Location", value)], base, "p2p")[0][1]

    assert location("http://127.0.0.1:8002/v1/loans/") == "/p2p/v1/loans/"
    assert location("/v1/loans/1") == "/p2p/v1/loans/1"
    assert location("https://bank.example/pay") == "https://bank.example/pay"
    assert location("http://127.0.0.1:80021/v1/") == "http://127.0.0.1:80021/v1/"
