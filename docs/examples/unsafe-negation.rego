package preprod.policy

deny[msg] {
  input.changes[_].path == "iam.tf"
  not input.pr.labels[_] == "iam-approved"
  msg = "IAM changes require iam-approved label"
}
