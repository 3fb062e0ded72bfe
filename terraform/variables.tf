variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "region" {
  description = "Where everything is: the cluster's control plane and nodes are spread over this region's zones."
  type        = string
  default     = "europe-west1"
}

variable "name" {
  description = "Names the cluster, its network and its image repository."
  type        = string
  default     = "twofold"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 22 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "operators" {
  description = "Networks (CIDR) from which kubectl and helm may reach the control plane, by name."
  type        = map(string)

  validation {
    condition     = length(var.operators) > 0 && alltrue([for cidr in values(var.operators) : can(cidrnetmask(cidr)) && cidr != "0.0.0.0/0"])
    error_message = "Name at least one IPv4 network, such as {office = \"203.0.113.0/24\"}, and not the whole internet."
  }
}

variable "deletion_protection" {
  description = "Whether `terraform destroy` is refused for the cluster."
  type        = bool
  default     = true
}
