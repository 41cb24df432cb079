from django.test import SimpleTestCase


class WebTests(SimpleTestCase):
    def test_greets(self) -> None:
        self.assertEqual(self.client.get("/").json(), {"message": "Hello from Django"})

    def test_is_healthy(self) -> None:
        self.assertEqual(self.client.get("/health").json(), {"status": "ok"})
