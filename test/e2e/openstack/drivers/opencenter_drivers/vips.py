"""Load balancers without amphorae: what a user can see of them (the VIP's port) is real, the rest is Octavia's no-op."""
import os
from types import SimpleNamespace

from octavia.network import base
from octavia.network.drivers.neutron import allowed_address_pairs
from octavia.network.drivers.noop_driver import driver as noop

# The worker meets networks and ports of amphorae that nobody made; the API must refuse what is unknown.
AMPHORAE_ARE_PLAYED = "OPENCENTER_AMPHORAE_ARE_PLAYED" in os.environ
REAL = {"allocate_vip", "update_vip", "update_vip_sg", "qos_enabled", "qos_extension_enabled",
        "get_security_group", "get_network_by_name", "get_subnet_by_name", "get_port_by_name",
        "get_qos_policy", "get_network_ip_availability", "apply_qos_on_port"}
LOOK_UPS = {"get_network", "get_subnet", "get_port"}


class VipDriver:
    def __init__(self):
        self._neutron = allowed_address_pairs.AllowedAddressPairsDriver()
        self._noop = noop.NoopNetworkDriver()

    def __getattr__(self, name):
        if name in LOOK_UPS:
            return lambda *args, **more: self._look_up(name, *args, **more)
        return getattr(self._neutron if name in REAL else self._noop, name)

    def deallocate_vip(self, vip):
        # Without amphorae, whose ports it would look for.
        balancer = SimpleNamespace(id=vip.load_balancer.id, amphorae=[])
        return self._neutron.deallocate_vip(SimpleNamespace(load_balancer=balancer, port_id=vip.port_id))

    def plug_vip(self, load_balancer, vip):
        self._neutron.update_vip_sg(load_balancer, vip)
        return self._noop.plug_vip(load_balancer, vip)

    def _look_up(self, name, ident, *args, **more):
        try:
            return getattr(self._neutron, name)(ident, *args, **more)
        except (base.NetworkNotFound, base.SubnetNotFound, base.PortNotFound):
            if not AMPHORAE_ARE_PLAYED:
                raise
            return getattr(self._noop, name)(ident)
