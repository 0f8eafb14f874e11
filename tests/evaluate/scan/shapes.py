"""What every kind of secret looks like, as a shape; the secrets themselves are made at run time.

A shape is text with `{alphabet:length}` parts. `before` and `after` stand around it in every text.
"""

from __future__ import annotations

import base64
import random
import re
from typing import NamedTuple

ALPHABETS = {
    "b62": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "b64": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "url": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
    "hex": "0123456789abcdef",
    "dig": "0123456789",
    "upp": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "low": "abcdefghijklmnopqrstuvwxyz0123456789",
    "b32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "age": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "pad": "AQgw",
}
UUID = "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}"


class Shape(NamedTuple):
    """A kind's outer form."""

    text: str
    """Template of the secret."""
    before: str = ""
    """What has to stand before it."""
    after: str = ""
    """What has to stand after it."""


SHAPES: dict[str, Shape] = {
    "age_key": Shape("AGE-SECRET-KEY-1{age:58}"),
    "aws_access_key_id": Shape("AKIA{b32:16}"),
    "aws_secret_pair": Shape("{b64:40}", "id = AKIA7QXW3ZT5RNPLKJ2M\nother = "),
    "aws_secret_access_key": Shape("{b64:40}", 'aws_secret_access_key = "', '"'),
    "aws_session_token": Shape("{b64:200}", "AWS_SESSION_TOKEN="),
    "aws_bedrock_key": Shape("ABSK{b64:120}"),
    "aws_mws_token": Shape("amzn.mws." + UUID),
    "gcp_api_key": Shape("AIza{url:35}"),
    "gcp_oauth_secret": Shape("GOCSPX-{url:28}"),
    "gcp_oauth_token": Shape("ya29.{url:80}"),
    "gcp_refresh_token": Shape("1//0{url:60}"),
    "gcp_service_account": Shape("{hex:40}", '"type": "service_account", "private_key_id": "', '"'),
    "gcp_hmac_key": Shape("GOOG1E{upp:55}"),
    "azure_storage_key": Shape("{b64:86}==", "AccountName=acme;AccountKey="),
    "azure_shared_access_key": Shape("{b64:43}=", "SharedAccessKeyName=all;SharedAccessKey="),
    "azure_sas": Shape("{b62:43}%3D", "https://acme.blob.core.windows.net/a?sv=2022-11-02&sig="),
    "azure_client_secret": Shape("{b62:3}7Q~{b62:34}"),
    "azure_devops_pat": Shape("{b62:76}AZDO{b62:4}"),
    "azure_function_key": Shape("{url:44}AzFu{url:5}{pad:1}=="),
    "azure_search_key": Shape("{b62:42}AzSeB{b62:5}"),
    "azure_cache_key": Shape("{b62:33}AzCaF{b62:5}="),
    "azure_registry_key": Shape("{b64:42}+ACRC{b64:5}"),
    "azure_service_key": Shape("{b64:76}+ASt{b64:5}{pad:1}=="),
    "azure_bus_key": Shape("{b64:33}+AEhK{b64:5}="),
    "github_pat": Shape("ghp_{b62:36}"),
    "github_oauth": Shape("gho_{b62:36}"),
    "github_app_token": Shape("ghs_{b62:36}"),
    "github_refresh_token": Shape("ghr_{b62:76}"),
    "github_fine_grained_pat": Shape("github_pat_{b62:22}_{b62:59}"),
    "gitlab_pat": Shape("glpat-{url:20}"),
    "gitlab_token": Shape("gldt-{url:20}"),
    "gitlab_runner_registration": Shape("GR1348941{url:20}"),
    "bitbucket_app_password": Shape("ATBB{b62:32}"),
    "bitbucket_http_token": Shape("BBDC-N{b64:43}"),
    "atlassian_token": Shape("ATATT3{url:186}"),
    "sourcegraph_token": Shape("sgp_{hex:16}_{hex:40}"),
    "slack_bot_token": Shape("xoxb-{dig:12}-{dig:12}-{b62:24}"),
    "slack_user_token": Shape("xoxp-{dig:12}-{dig:12}-{dig:12}-{hex:32}"),
    "slack_app_token": Shape("xapp-1-A{upp:10}-{dig:13}-{hex:64}"),
    "slack_webhook": Shape("T{upp:10}/B{upp:10}/{b62:24}", "https://hooks.slack.com/services/"),
    "discord_webhook": Shape("{url:68}", "https://discord.com/api/webhooks/920483017264538117/"),
    "discord_bot_token": Shape("M{b62:25}.{url:6}.{url:38}", "DISCORD = "),
    "teams_webhook": Shape(
        "{hex:32}/" + UUID,
        "https://acme.webhook.office.com/webhookb2/5f1c2d3e-9a8b-4c7d-8e6f-1a2b3c4d5e6f@"
        "6a1c2d3e-9a8b-4c7d-8e6f-1a2b3c4d5e6f/IncomingWebhook/",
    ),
    "telegram_bot_token": Shape("{dig:10}:AA{url:33}"),
    "twilio_key": Shape("SK{hex:32}", "twilio: "),
    "zapier_webhook": Shape("{dig:7}/{low:7}", "https://hooks.zapier.com/hooks/catch/"),
    "openai_key": Shape("sk-{b62:20}T3BlbkFJ{b62:20}"),
    "openai_project_key": Shape("sk-proj-{url:120}"),
    "anthropic_key": Shape("sk-ant-api03-{url:93}AA"),
    "openrouter_key": Shape("sk-or-v1-{hex:64}"),
    "langfuse_key": Shape("sk-lf-" + UUID),
    "sk_api_key": Shape("sk-{hex:32}"),
    "huggingface_token": Shape("hf_{b62:34}"),
    "groq_key": Shape("gsk_{b62:52}"),
    "replicate_token": Shape("r8_{b62:37}"),
    "perplexity_key": Shape("pplx-{b62:48}"),
    "xai_key": Shape("xai-{b62:80}"),
    "nvidia_key": Shape("nvapi-{url:64}"),
    "cerebras_key": Shape("csk-{low:48}"),
    "elevenlabs_key": Shape("sk_{hex:48}"),
    "langsmith_key": Shape("lsv2_pt_{hex:32}_{hex:10}"),
    "pinecone_key": Shape("pcsk_{b62:6}_{b62:63}"),
    "tavily_key": Shape("tvly-{b62:32}"),
    "fireworks_key": Shape("fw_{b62:24}"),
    "npm_token": Shape("npm_{b62:36}"),
    "npm_auth": Shape("{b62:40}", "//registry.acme.dev/:_authToken="),
    "pypi_token": Shape("pypi-AgEIcHlwaS5vcmc{url:150}"),
    "rubygems_token": Shape("rubygems_{hex:48}"),
    "crates_token": Shape("cio{b62:32}"),
    "nuget_key": Shape("oy2{low:43}"),
    "docker_token": Shape("dckr_pat_{url:27}"),
    "clojars_token": Shape("CLOJARS_{low:60}"),
    "artifactory_key": Shape("AKCp{b62:69}"),
    "artifactory_reference_token": Shape("cmVmdGtu{b62:56}"),
    "vault_token": Shape("hvs.{url:95}"),
    "terraform_cloud_token": Shape("{b62:14}.atlasv1.{b62:67}"),
    "pulumi_token": Shape("pul-{hex:40}"),
    "digitalocean_token": Shape("dop_v1_{hex:64}"),
    "heroku_key": Shape("HRKU-AA{url:58}"),
    "heroku_key_assigned": Shape(UUID, 'HEROKU_API_KEY="', '"'),
    "cloudflare_token": Shape("{url:40}", 'cloudflare_api_token = "', '"'),
    "cloudflare_origin_key": Shape("v1.0-{hex:24}-{hex:146}"),
    "netlify_token": Shape("nfp_{b62:36}"),
    "vercel_token": Shape("{b62:24}", "VERCEL_TOKEN="),
    "fly_token": Shape("fo1_{url:43}"),
    "supabase_token": Shape("sbp_{hex:40}"),
    "planetscale_token": Shape("pscale_tkn_{b62:43}"),
    "databricks_token": Shape("dapi{hex:32}"),
    "alibaba_key_id": Shape("LTAI{b62:20}"),
    "tencent_key_id": Shape("AKID{b62:32}"),
    "yandex_key": Shape("AQVN{url:36}"),
    "openshift_token": Shape("sha256~{url:43}"),
    "tailscale_key": Shape("tskey-auth-{b62:12}-{b62:32}"),
    "doppler_token": Shape("dp.pt.{b62:43}"),
    "onepassword_token": Shape("ops_eyJ{b62:300}"),
    "circleci_token": Shape("CCIPAT_{b62:22}_{hex:40}"),
    "buildkite_token": Shape("bkua_{hex:40}"),
    "infracost_key": Shape("ico-{b62:32}"),
    "grafana_token": Shape("glsa_{b62:32}_{hex:8}"),
    "sentry_token": Shape("sntryu_{hex:64}"),
    "newrelic_key": Shape("NRAK-{upp:27}"),
    "datadog_key": Shape("{hex:32}", 'DD_API_KEY: "', '"'),
    "dynatrace_token": Shape("dt0c01.{upp:24}.{upp:64}"),
    "honeycomb_key": Shape("hcaik_{low:58}"),
    "sonar_token": Shape("squ_{hex:40}"),
    "launchdarkly_key": Shape("sdk-" + UUID),
    "stripe_key": Shape("sk_live_{b62:24}"),
    "stripe_webhook_secret": Shape("whsec_{b62:32}"),
    "square_token": Shape("sq0atp-{url:22}"),
    "braintree_token": Shape("access_token$production${low:16}${hex:32}"),
    "shopify_token": Shape("shpat_{hex:32}"),
    "plaid_token": Shape("access-production-" + UUID),
    "easypost_key": Shape("EZAK{b62:54}"),
    "shippo_token": Shape("shippo_live_{hex:40}"),
    "flutterwave_key": Shape("FLWSECK-{hex:32}-X"),
    "sendgrid_key": Shape("SG.{url:22}.{url:43}"),
    "mailgun_key": Shape("key-{hex:32}"),
    "mailchimp_key": Shape("{hex:32}-us12"),
    "brevo_key": Shape("xkeysib-{hex:64}-{b62:16}"),
    "mailersend_token": Shape("mlsn.{hex:64}"),
    "resend_key": Shape("re_{b62:8}_{b62:24}", "resend = "),
    "linear_key": Shape("lin_api_{b62:40}"),
    "notion_token": Shape("ntn_{dig:11}{b62:35}"),
    "airtable_token": Shape("pat{b62:14}.{hex:64}", "airtable = "),
    "figma_token": Shape("figd_{url:40}"),
    "postman_key": Shape("PMAK-{hex:24}-{hex:34}"),
    "contentful_token": Shape("CFPAT-{url:43}"),
    "hubspot_token": Shape("pat-na1-" + UUID),
    "prefect_key": Shape("pnu_{low:36}"),
    "readme_key": Shape("rdme_{low:70}"),
    "typeform_token": Shape("tfp_{b62:44}_{b62:14}"),
    "mapbox_secret_token": Shape("sk.eyJ{b62:80}.{url:22}"),
    "facebook_token": Shape("EAAC{b62:150}"),
    "adafruit_key": Shape("aio_{b62:28}"),
    "clickhouse_key": Shape("4b1d{b62:38}"),
    "bearer_header": Shape("{b62:40}", "Authorization: Bearer "),
    "connection_string": Shape("{b62:14}", "postgresql://app:", "@db.acme.dev:5432/app"),
    "url_credentials": Shape("{b62:14}", "https://deploy:", "@git.acme.dev/app.git"),
    "ado_connection_string": Shape(
        "{b62:14}", "Server=tcp:acme.dev,1433;User ID=app;Password=", ";Encrypt=True"
    ),
    "curl_user": Shape("{b62:14}", "curl -sS -u deploy:", " https://acme.dev/x"),
    "netrc_password": Shape("{b62:14}", "machine acme.dev login deploy password "),
    "putty_key": Shape(
        "{b64:64}", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n"
    ),
}
"""Kind -> shape. Kinds that need more than a random text have a test of their own."""

STRUCTURED = {
    "private_key",
    "private_key_base64",
    "jwt",
    "basic_auth_header",
    "docker_config_auth",
}
"""Kinds tested by structure."""

_PART = re.compile(r"\{(\w+):(\d+)\}")


def make(shape: Shape, seed: int, *, wrap: bool = True) -> bytes:
    """A random secret of a shape, with what stands around it."""
    chance = random.Random(f"{shape.text}{seed}")

    def fill(part: re.Match[str]) -> str:
        return _random(chance, part[1], int(part[2]))

    body = _PART.sub(fill, shape.text)
    return f"{shape.before}{body}{shape.after}".encode() if wrap else body.encode()


def make_flat(shape: Shape) -> bytes:
    """The same shape with a body of one repeated character: a placeholder."""
    body = _PART.sub(
        lambda part: ALPHABETS[part[1]][3 % len(ALPHABETS[part[1]])] * int(part[2]), shape.text
    )
    return f"{shape.before}{body}{shape.after}".encode()


def make_short(shape: Shape, seed: int) -> bytes:
    """The same shape with its longest part cut to three characters."""
    parts = [(int(length), name) for name, length in _PART.findall(shape.text)]
    longest, name = max(parts)
    text = shape.text[::-1].replace(f"{{{name}:{longest}}}"[::-1], f"{{{name}:3}}"[::-1], 1)[::-1]
    return make(shape._replace(text=text), seed)


def _random(chance: random.Random, name: str, length: int) -> str:
    alphabet = ALPHABETS[name]
    text = "".join(chance.choice(alphabet) for _ in range(length))
    if name in ("b62", "b64", "url") and length >= 14:
        # Each class of characters at least once, and letters at both ends, as real ones nearly
        # always have, so that the test does not depend on luck.
        return "x" + text[1:-4] + "Kq7R"
    return text


def pem(kind: str, seed: int, lines: int = 8) -> str:
    """A block that looks like a private key; its body is noise."""
    chance = random.Random(f"pem{seed}")
    word = "PRIVATE " + "KEY"
    name = f"{kind} {word}".strip()
    body = "\n".join(_random(chance, "b64", 64) for _ in range(lines))
    return f"-----BEGIN {name}-----\n{body}\n-----END {name}-----\n"


def jwt(seed: int) -> str:
    """A signed-looking token with random contents."""
    chance = random.Random(f"jwt{seed}")
    encode = base64.urlsafe_b64encode
    head = encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=").decode()
    claims = encode(f'{{"sub":"{_random(chance, "low", 12)}"}}'.encode()).rstrip(b"=").decode()
    return f"{head}.{claims}.{_random(chance, 'url', 43)}"
