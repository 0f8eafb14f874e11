package gate.rules.agents.unusual_test

import data.gate.rules.agents.unusual as rule

_found(anomalies) := found if {
	found := rule.findings with input as {"usage": {"anomalies": anomalies}}
}

_anomaly(signal, detail) := {
	"signal": signal,
	"agent": "tf-bot",
	"text": "14 on one day",
	"detail": detail,
}

_expected(signal, evidence) := {
	"subject": "tf-bot",
	"values": {"signal": signal, "text": "14 on one day"},
	"evidence": evidence,
}

test_finds_each_anomaly if {
	_found([_anomaly("volume", ""), _anomaly("directories", "billing")]) == {
		_expected("volume", "volume"),
		_expected("directories", "directories"),
	}
}

test_finds_each_new_surface if {
	_found([_anomaly("first_touch", "iam"), _anomaly("first_touch", "gate")]) == {
		_expected("first_touch", "iam"),
		_expected("first_touch", "gate"),
	}
}

test_silent_without_anomalies if _found([]) == set()
