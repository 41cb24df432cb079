import unittest

from app import app


class AppTests(unittest.TestCase):
    def setUp(self) -> None:
        self.client = app.test_client()

    def test_greets(self) -> None:
        self.assertEqual(self.client.get("/").json, {"message": "Hello from Flask"})

    def test_is_healthy(self) -> None:
        self.assertEqual(self.client.get("/health").json, {"status": "ok"})
