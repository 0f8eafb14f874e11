# METADATA
# title: What belongs to a bucket
# description: |
#   Settings of an S3 bucket are resources of their own. Where the bucket itself is deleted they go with
#   it, and that says nothing about how the data of others is guarded.
package gate.lib.bucket

_settings := {
	"aws_s3_bucket_logging",
	"aws_s3_bucket_public_access_block",
	"aws_s3_bucket_server_side_encryption_configuration",
}

# METADATA
# title: goes_too(resource)
# description: |
#   True where the resource holds settings of a bucket that the same change deletes: the same bucket by
#   name in a plan; the block of the same label in the same directory in HCL, where the name of the
#   bucket is a reference.
# scope: document
goes_too(resource) if {
	resource.type in _settings
	some bucket in input.terraform.by_type.aws_s3_bucket
	bucket.action == "delete"
	not bucket.deposed
	_belongs(resource, bucket)
}

_belongs(resource, bucket) if {
	some name in resource.before.bucket
	name in bucket.before.bucket
}

_belongs(resource, bucket) if {
	resource.source == "hcl"
	bucket.source == "hcl"
	not _is_named(resource)
	resource.root == bucket.root
	resource.name == bucket.name
}

_is_named(resource) if some _ in resource.before.bucket
