package gate.lib.agent_test

import data.gate.lib.agent

_item := {"surface": "iam", "environment": "", "path": "infra", "subject": ""}

_resource := object.union(_item, {"subject": "a.b", "environment": "production"})

_whole := object.union(_item, {"surface": "", "subject": "3 changed files", "path": ""})

test_name_of_agent_is_its_id_where_it_has_one if {
	agent.who({"id": "tf-bot", "agent": "devin"}) == "tf-bot"
	agent.who({"id": "", "agent": "devin"}) == "devin"
}

test_place_is_file_resource_or_nothing if {
	agent.place(_item) == {"at": {"path": "infra"}}
	agent.place(_resource) == {"at": {"root": "infra", "address": "a.b", "attribute": ""}}
	agent.place(_whole) == {}
}

test_name_is_address_or_path if {
	agent.name(_item) == "infra"
	agent.name(_resource) == "a.b"
}

test_environment_is_said_in_words if {
	agent.environment(_item) == "no environment mapped"
	agent.environment(_resource) == "production"
	agent.environment(_whole) == "all environments"
}
