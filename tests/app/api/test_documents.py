from __future__ import annotations

TEXT = "租期为三年。\n\n租金每月五千元，押金为两个月租金。"


def test_an_upload_becomes_a_document_that_is_found_and_read(server) -> None:
    job = server.upload("租约.txt", TEXT)
    assert (job["status"], job["path"], job["collection"]) == ("done", "租约.txt", "default")
    document = job["result"]["document"]
    listed = server.client.get("/v1/documents").json()
    assert listed["total"] == 3
    assert listed["documents"][-1]["id"] == document
    assert server.client.get(f"/v1/documents/{document}").json()["title"] == "租约"
    hit = server.client.post("/v1/search", json={"question": "押金", "k": 1}).json()["hits"][0]
    assert hit["document"] == document
    read = server.client.get(f"/v1/documents/{document}/text").json()
    assert read["text"][hit["start"] : hit["end"]] == hit["text"]
    part = server.client.get(f"/v1/documents/{document}/text", params={"start": 0, "end": 6}).json()
    assert (part["text"], part["characters"]) == ("租期为三年。", len(read["text"]))
    cut = server.client.get(f"/v1/documents/{document}/passages").json()
    assert cut["total"] == len(cut["passages"]) >= 1


def test_lists_come_in_parts(server) -> None:
    first = server.client.get("/v1/documents", params={"limit": 1}).json()
    second = server.client.get("/v1/documents", params={"limit": 1, "offset": 1}).json()
    assert first["total"] == second["total"] == 2
    assert first["documents"][0]["title"] != second["documents"][0]["title"]
    assert server.client.get("/v1/documents", params={"offset": 9}).json()["documents"] == []


def test_a_deleted_document_is_gone_with_the_response(server) -> None:
    document = server.upload("租约.txt", TEXT)["result"]["document"]
    answer = server.ask("押金是几个月租金？", shujia={"answer": "extractive"}).json()
    assert server.client.get(f"/v1/answers/{answer['id']}").status_code == 200
    assert server.client.delete(f"/v1/documents/{document}").json()["deleted"]["document"] == "租约"
    hits = server.client.post("/v1/search", json={"question": "押金"}).json()["hits"]
    assert document not in {hit["document"] for hit in hits}
    for path in (f"/v1/documents/{document}", f"/v1/documents/{document}/text", f"/v1/documents/{document}/passages"):
        assert server.client.get(path).status_code == 404
    assert server.client.delete(f"/v1/documents/{document}").status_code == 404
    assert server.client.get(f"/v1/answers/{answer['id']}").json()["error"]["code"] == "answer_not_found"
    rating = {"id": answer["id"], "rating": "up"}
    assert server.client.post("/v1/feedback", json=rating).status_code == 404


def test_an_upload_of_the_same_name_takes_the_place_of_the_one_before(server) -> None:
    first = server.upload("租约.txt", TEXT)["result"]["document"]
    second = server.upload("租约.txt", TEXT.replace("三年", "五年"))
    assert second["result"]["status"] == "replaced"
    ids = {row["id"] for row in server.client.get("/v1/documents").json()["documents"]}
    assert first not in ids
    assert second["result"]["document"] in ids


def test_a_new_collection_is_made_by_its_first_upload(serve) -> None:
    server = serve(empty=True)
    assert server.client.get("/v1/documents").status_code == 404
    assert server.client.get("/v1/models").json()["data"] == []
    assert server.upload("租约.txt", TEXT, "合同库")["status"] == "done"
    assert [model["id"] for model in server.client.get("/v1/models").json()["data"]] == ["合同库"]
    asked = {"model": "合同库", "messages": [{"role": "user", "content": "租期为几年？"}]}
    assert "三年" in server.client.post("/v1/chat/completions", json=asked).json()["choices"][0]["message"]["content"]


def test_a_file_that_cannot_be_read_is_a_failed_job_with_its_reason(server) -> None:
    sent = server.client.post("/v1/documents", files={"file": ("空.txt", b"  ")})
    job = sent.json()["jobs"][0]["id"]

    server.wait(job)
    assert server.job(job)["code"] == "empty"
    assert server.upload("租约.txt", TEXT)["status"] == "done"


def test_several_files_are_several_jobs(server) -> None:
    files = [("file", (f"{name}.txt", f"{name}号文件的内容。".encode())) for name in "甲乙"]
    jobs = server.client.post("/v1/documents", files=files).json()["jobs"]
    assert [job["path"] for job in jobs] == ["甲.txt", "乙.txt"]
    assert {job["status"] for job in jobs} <= {"waiting", "working", "done"}


def test_an_upload_without_a_file_and_names_that_climb_are_harmless(server) -> None:
    assert server.client.post("/v1/documents", data={"collection": "x"}).status_code == 400
    assert server.client.post("/v1/documents", content=b"x").status_code == 400
    job = server.upload("../../etc/passwd.txt", TEXT)
    assert job["path"] == "passwd.txt"


def test_a_reader_rates_an_answer_and_takes_it_back(server) -> None:
    answer = server.ask("甲方应当在多少天内付款？").json()["id"]
    said = {"id": answer, "rating": "down", "reason": "citation", "comment": "不是这一条", "corrected": 1}
    assert server.client.post("/v1/feedback", json=said).json() == {"version": 1, "id": answer, "rating": "down"}
    (kept,) = server.library.feedback("default").items()
    assert (kept.question, kept.reason, kept.comment) == ("甲方应当在多少天内付款？", "citation", "不是这一条")
    assert kept.corrected is not None
    assert server.client.post("/v1/feedback", json={"id": answer, "rating": "up"}).status_code == 200
    assert [item.rating for item in server.library.feedback("default").items()] == ["up"]
    assert server.client.post("/v1/feedback", json={"id": answer, "rating": None}).status_code == 200
    assert server.library.feedback("default").items() == ()


def test_feedback_on_what_is_not_there_is_a_clear_error(server) -> None:
    answer = server.ask("甲方应当在多少天内付款？").json()["id"]
    for body, status in (
        ({"id": "chatcmpl-x", "rating": "up"}, 404),
        ({"id": answer, "rating": "great"}, 400),
        ({"id": answer, "rating": "down", "reason": "boring"}, 400),
        ({"id": answer, "rating": "down", "corrected": 99}, 400),
    ):
        assert server.client.post("/v1/feedback", json=body).status_code == status


def test_an_answer_is_read_again_with_its_passages(server) -> None:
    answer = server.ask("甲方应当在多少天内付款？").json()
    again = server.client.get(f"/v1/answers/{answer['id']}").json()
    assert again["citations"] == answer["shujia"]["citations"]
    assert again["passages"][0]["text"]
    assert again["question"] == "甲方应当在多少天内付款？"


def test_a_job_that_was_queued_on_the_server_hides_its_folder_from_writers(server) -> None:
    from store.jobs import Job

    writer = server.house.keys.add("w", "write", ["default"])[1]
    job = Job("default", "/srv/secret/a.txt", 1, 0, id=7, result={"path": "/srv/secret/a.txt"})
    server.house.uploads.get = lambda _: job
    got = server.client.get("/v1/jobs/7", headers={"Authorization": f"Bearer {writer}"}).json()
    assert (got["path"], got["result"]["path"]) == ("a.txt", "a.txt")


def test_a_collection_needs_a_name_that_can_be_seen(server) -> None:
    for name in (" ", "\u200b", "a\tb"):
        got = server.client.post("/v1/documents", files={"file": ("a.txt", b"a")}, data={"collection": name})
        assert (got.status_code, got.json()["error"]["param"]) == (400, "collection")
