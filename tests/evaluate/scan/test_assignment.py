"""The generic rule finds literals of secret names, and leaves ordinary code alone."""

from __future__ import annotations

import pytest

from gate.evaluate.scan.assignment import name_kind
from gate.evaluate.scan.secrets import GENERIC, find_secrets

PASSWORD = "Kq7R" + "w92mZpL"
TOKEN = "q8Zt4KxW" + "m3Vb7RyLp2Nc"
HEX = "9f3c1a7be04d" + "52886fd1c3a97be4"

TRUE = [
    f'password = "{PASSWORD}"',
    f"password: '{PASSWORD}'",
    f'"db_password": "{PASSWORD}",',
    f'  master_password         = "{PASSWORD}"',
    f'const apiKey = "{TOKEN}";',
    f'String clientSecret = "{TOKEN}";',
    f'api_key: str = "{TOKEN}"',
    f'private apiToken: string = "{TOKEN}";',
    f"$config['secret_key'] = '{TOKEN}';",
    f":auth_token => '{TOKEN}',",
    f'token := "{TOKEN}"',
    f'os.Setenv("API_TOKEN", "{TOKEN}")',
    f'client.setPassword("{PASSWORD}")',
    f'password=b"{PASSWORD}"',
    f'{{\\"password\\": \\"{PASSWORD}\\"}}',
    f'encryption_key = "{HEX}"',
    f'signingKey: "{HEX}"',
    f"<password>{PASSWORD}</password>",
    f'<add key="ApiKey" value="{TOKEN}" />',
    f"- name: DB_PASSWORD\n  value: {PASSWORD}",
    f'- name: DB_PASSWORD\n  value: "{PASSWORD}"',
    f'{{"name": "API_TOKEN", "value": "{TOKEN}"}}',
    f'variable "db_password" {{\n  type    = string\n  default = "{PASSWORD}"\n}}',
    'client_secret = "5f1c2d3e-9a8b-4c7d-8e6f-1a2b3c4d5e60"',
    'password = "Tr0ub4dor&3"',
]
BARE = [
    f"DB_PASSWORD={PASSWORD}",
    f"export API_TOKEN={TOKEN}",
    f"password: {PASSWORD}",
    f"spring.datasource.password={PASSWORD}",
    f"secret_key = {TOKEN} # rotate",
    f"mysql --password={PASSWORD} -h db",
]
FALSE = [
    'password = "changeme"',
    'password = "<your-password>"',
    'password = "${var.db_password}"',
    'password = "{{ vault_password }}"',
    'password = "********"',
    'password = ""',
    "password = var.db_password",
    'password = os.environ["DB_PASSWORD"]',
    'password: "$DB_PASSWORD"',
    'token = "your-token-here"',
    "token: ${{ secrets.GITHUB_TOKEN }}",
    'api_key = "REPLACE_ME_WITH_KEY"',
    'api_key = "xxxxxxxxxxxxxxxx"',
    'api_key = "0123456789abcdef"',
    'secret_name = "prod/db/master"',
    'secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"',
    'password_file = "/run/secrets/db_password"',
    'secret = "projects/acme/secrets/db/versions/3"',
    'token_url = "https://auth.acme.dev/oauth2/v1/token"',
    'token_type = "urn:ietf:params:oauth:token-type:jwt"',
    'next_token = "q8Zt4KxWm3Vb7RyLp2Nc"',
    'primary_key = "customer_id_2024_v2"',
    'public_key = "q8Zt4KxWm3Vb7RyLp2Nc"',
    'key = "q8Zt4KxWm3Vb7RyLp2Nc"',
    'labels = ["password", "username_field_1"]',
    'fields = {"token": "access_token_v2"}',
    'raise ValueError("password", "must have 8 characters")',
    'password = "a long sentence with 1 number"',
    'passwordLabel = "Kq7Rw92mZpL"',
    "secretKeyRef:\n  name: db-credentials-2024\n  key: password",
    "max_tokens = 4096",
    'password = getPassword("Kq7Rw92mZpL")',
    "password = config.database.password",
    'ssh_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB"',
    'integrity token "sha512-q8Zt4KxWm3Vb7RyLp2Nc"',
    'token = "ResetPasswordTokenGenerator2"',
    'api_key = "test-api-key-12345678"',
    'password = "example-password-123"',
    'credentials = "application_default_credentials.json"',
    "test_password = random_password.db.result",
]


def generic(text: str, *, bare: bool) -> list[str]:
    raw = text.encode()
    return [
        raw[found.start : found.end].decode()
        for found in find_secrets(raw, bare=bare)
        if found.kind == GENERIC
    ]


@pytest.mark.parametrize("text", TRUE)
@pytest.mark.parametrize("bare", [False, True])
def test_quoted_literal_is_found(text: str, bare: bool) -> None:
    assert len(generic(text, bare=bare or "value: K" in text)) == 1


@pytest.mark.parametrize("text", BARE)
def test_bare_literal_is_found_in_configuration_only(text: str) -> None:
    assert len(generic(text + "\n", bare=True)) == 1
    assert generic(text + "\n", bare=False) == []


@pytest.mark.parametrize("text", FALSE)
@pytest.mark.parametrize("bare", [False, True])
def test_ordinary_text_is_not_found(text: str, bare: bool) -> None:
    assert generic(text + "\n", bare=bare) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("password", "password"),
        ("DB_PASSWORD", "password"),
        ("dbPassword", "password"),
        ("MYSQLPASSWORD", "password"),
        ("user.pass", "password"),
        ("token", "secret"),
        ("apiKey", "secret"),
        ("APIKey", "secret"),
        ("api-key", "secret"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("client_secret_value", "secret"),
        ("apikey2", "secret"),
        ("password_hash", ""),
        ("secret_id", ""),
        ("keyword", ""),
        ("tokenizer", ""),
        ("public_key", ""),
        ("passenger", ""),
        ("compass", ""),
        ("csrf_token", ""),
        ("nextPageToken", ""),
        ("token_count", ""),
        ("", ""),
    ],
)
def test_name_says_what_it_holds(name: str, kind: str) -> None:
    assert name_kind(name.encode()) == kind
