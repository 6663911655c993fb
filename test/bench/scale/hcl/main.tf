# The infrastructure of the cluster that the benchmark makes with the program, as plain HCL: same objects, same fields.

terraform {
  required_providers {
    openstack = { source = "terraform-provider-openstack/openstack" }
  }
}

variable "cloud" { type = string }
variable "name" { type = string }
variable "control_plane_count" { type = number }
variable "worker_count" { type = number }
variable "cidr" { type = string }
variable "allocation_pool" { type = object({ start = string, end = string }) }
variable "api_address" { type = string }
variable "public_key_file" { type = string }

variable "image" {
  type    = string
  default = "ubuntu-24.04"
}

variable "admin_cidrs" {
  type    = list(string)
  default = ["198.51.100.0/24"]
}

provider "openstack" {
  cloud       = var.cloud
  max_retries = 4
}

locals {
  tags     = ["opencenter", "opencenter-organization=bench", "opencenter-cluster=${var.name}"]
  metadata = { opencenter-organization = "bench", opencenter-cluster = var.name }
  user_data = join("\n", [
    "#cloud-config",
    "package_update: false",
    "package_upgrade: false",
    "package_reboot_if_required: false",
    "disable_root: true",
    "ssh_pwauth: false",
    "",
  ])
}

data "openstack_networking_network_v2" "external" {
  name     = "public"
  external = true
}

resource "openstack_compute_keypair_v2" "ssh" {
  name       = var.name
  public_key = file(var.public_key_file)
}

resource "openstack_identity_application_credential_v3" "cloud_controller" {
  name        = "${var.name}-cloud-controller"
  description = "Cloud controller of Kubernetes cluster ${var.name}"
}

resource "openstack_objectstorage_container_v1" "backup" {
  name     = "bench-${var.name}-backup"
  metadata = local.metadata
}

output "nodes" {
  value = [
    for server in concat(
      openstack_compute_instance_v2.control_plane, openstack_compute_instance_v2.worker
    ) : { name = server.name, id = server.id, address = server.access_ip_v4, zone = server.availability_zone }
  ]
}
