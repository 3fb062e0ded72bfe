output "registry" {
  description = "REGISTRY for make."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "connect" {
  description = "Points kubectl and helm at the cluster, and docker at the registry."
  value       = "gcloud container clusters get-credentials ${google_container_cluster.this.name} --region ${var.region} --project ${var.project} && gcloud auth configure-docker ${var.region}-docker.pkg.dev"
}
