package gate.lib.bucket_test

import data.gate.lib.bucket

_type := "aws_s3_bucket_public_access_block"

_goes(fields, bucket_fields) if {
	resource := object.union({"source": "plan", "root": "", "name": "a", "type": _type}, fields)
	other := object.union({"source": "plan", "root": "", "name": "a", "type": "aws_s3_bucket", "action": "delete"}, bucket_fields)
	bucket.goes_too(resource) with input as {"terraform": {"by_type": {"aws_s3_bucket": [other]}}}
}

test_goes_with_the_bucket_of_the_same_name if {
	_goes({"before": {"bucket": ["x"]}}, {"before": {"bucket": ["x"]}})
}

test_stays_where_another_bucket_goes if {
	not _goes({"before": {"bucket": ["x"]}}, {"before": {"bucket": ["y"]}})
	not _goes({}, {})
}

test_stays_where_the_bucket_stays if {
	not _goes({"before": {"bucket": ["x"]}}, {"action": "update", "before": {"bucket": ["x"]}})
	not _goes({"before": {"bucket": ["x"]}}, {"deposed": true, "before": {"bucket": ["x"]}})
}

test_goes_with_the_block_of_the_same_label_in_code if {
	_goes({"source": "hcl"}, {"source": "hcl"})
	not _goes({"source": "hcl"}, {"source": "hcl", "root": "other"})
	not _goes({"source": "hcl"}, {"source": "hcl", "name": "b"})
	not _goes({"source": "hcl", "before": {"bucket": ["x"]}}, {"source": "hcl"})
}

test_other_types_do_not_belong_to_a_bucket if {
	not _goes({"source": "hcl", "type": "aws_cloudtrail"}, {"source": "hcl"})
}
