import pytest

from chassis.errors import Malformed
from gateway.errors import UnsafePath
from gateway.routing.rules import in_ascii, request_headers, response_headers, target_path


@pytest.mark.parametrize(
    "path",
    [
        b"/p2p/v1/../metrics", b"/p2p/v1/loans/..", b"/p2p/v1/%2e%2e/metrics", b"/p2p/v1/%2E./x", b"/p2p/v1/./x",
        b"/p2p/v1/..%2fmetrics", b"/p2p/v1/..\\metrics", b"/p2p/v1/%2e%2e%5cmetrics", b"/p2p/metrics", b"/p2p/v1",
        b"/p2p%2fv1/x", b"/%70%32p/v1/x", b"/p2p/v1%2f../metrics", b"//p2p/v1/x", b"/p2p//v1/x", b"http://p2p/v1/x",
    ],
)  # fmt: skip
def test_no_way_leads_out_of_v1(path: bytes) -> None:
    with pytest.raises(UnsafePath):
        target_path(path, "p2p")


def test_percent_encoding_is_left_as_it_came() -> None:
    assert target_path(b"/p2p/v1/loans/a%2Fb%20c", "p2p") == "/v1/loans/a%2Fb%20c"
    assert target_path(b"/p2p/v1/loans/a..b?x=1", "p2p") == "/v1/loans/a..b"


def test_bytes_that_may_not_stand_in_a_path_or_query_are_encoded() -> None:
    assert target_path("/p2p/v1/lín#/x".encode(), "p2p") == "/v1/l%C3%ADn%23/x"
    assert in_ascii('q=余额 "<>&a=%zz'.encode()) == "q=%E4%BD%99%E9%A2%9D%20%22%3C%3E&a=%zz"


def test_headers_of_the_connection_and_of_browsers_stay_outside() -> None:
    given = [
        (b"Authorization", b"Bearer x"), (b"Idempotency-Key", b"k"), (b"Accept-Language", b"zh"),
        (b"Cookie", b"sifang_console=s"), (b"Connection", b"keep-alive, X-Hop"), (b"X-Hop", b"1"), (b"TE", b"trailers"),
        (b"Transfer-Encoding", b"chunked"), (b"X-Forwarded-For", b"1.2.3.4"), (b"X-Forwarded-Prefix", b"/x"),
        (b"Forwarded", b"for=1.2.3.4"), (b"Host", b"elsewhere"), (b"X-Request-Id", b"theirs"),
        (b"Content-Length", b"3"), (b"Content-Type", b"application/json"), (b"X-Name", "é".encode()),
    ]  # fmt: skip
    passed = request_headers(given, {"x-request-id": "ours"}, with_body=True)
    assert passed == [
        (b"authorization", b"Bearer x"),
        (b"idempotency-key", b"k"),
        (b"accept-language", b"zh"),
        (b"content-length", b"3"),
        (b"content-type", b"application/json"),
        (b"x-name", "é".encode()),
        (b"x-request-id", b"ours"),
    ]
    without = request_headers(given, {}, with_body=False)
    assert not {b"content-length", b"content-type"} & {name for name, _ in without}


def test_what_is_checked_here_is_what_is_read_there() -> None:
    twice = [(b"authorization", b"Bearer hers"), (b"Authorization", b"Bearer another's")]
    with pytest.raises(Malformed):
        request_headers(twice, {}, with_body=False)


def test_answers_leave_without_cookies_and_guesses() -> None:
    given = [
        (b"Content-Type", b"application/json"), (b"Set-Cookie", b"sifang_console=x"), (b"Server", b"x"), (b"Date", b"x"),
        (b"Connection", b"X-Hop"), (b"X-Hop", b"1"), (b"X-Name", "余".encode()),
    ]  # fmt: skip
    assert response_headers(given, "http://127.0.0.1:8002", "p2p") == [
        (b"content-type", b"application/json"),
        (b"x-name", "余".encode()),
        (b"x-content-type-options", b"nosniff"),
    ]


def test_redirects_inside_a_service_stay_inside_its_path() -> None:
    base = "http://127.0.0.1:8002"

    def location(value: bytes) -> bytes:
        return response_headers([(b"Location", value)], base, "p2p")[0][1]

    assert location(b"http://127.0.0.1:8002/v1/loans/") == b"/p2p/v1/loans/"
    assert location(b"/v1/loans/1") == b"/p2p/v1/loans/1"
    assert location(b"https://bank.example/pay") == b"https://bank.example/pay"
    assert location(b"http://127.0.0.1:80021/v1/") == b"http://127.0.0.1:80021/v1/"
