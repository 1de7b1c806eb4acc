"""first slice."""
import httpx
from api.hotline import Hotline

async def test_a_request_and_a_command(worked: Hotline, http: httpx.AsyncClient) -> None:
    """."""
    r = await http.post("/api/v1/requests", json={"type":"complaint","channel":"web","description":"暖气不热,电话13800138000","category":"室温不达标","location":{"district":"昌平区","town":"回龙观街道"}})
    print(r.status_code, r.headers, r.text)
    assert r.status_code == 201, r.text
    n = r.json()["number"]
    for _ in range(2):
        r = await http.post(f"/api/v1/tickets/{n}/sign", json={"actor":{"role":"handler","unit":"E-HEAT","person":"h1"}}, headers={"Idempotency-Key":"a"})
        print(r.status_code, r.headers, r.text)
    r = await http.post(f"/api/v1/tickets/{n}/feedback", json={"actor":{"role":"handler","unit":"北京市热力集团","person":"张三"},"outcome":"resolved","reply":"已修好"}, headers={"Idempotency-Key":"b"})
    print(r.status_code, r.text)
    r = await http.post(f"/api/v1/tickets/{n}/note", json={"actor":{"role":"handler","unit":"北京市热力集团","person":"张三"},"text":"ok"}, headers={"Idempotency-Key":"c"})
    print(r.status_code, r.text)
    assert 1
