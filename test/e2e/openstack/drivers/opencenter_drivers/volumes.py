"""Volumes without a device: Cinder's own fake, and what that leaves to a device."""
from cinder.tests import fake_driver


class PaperVolumes(fake_driver.FakeLoggingVolumeDriver):
    def clone_image(self, context, volume, image_location, image_meta, image_service):
        return {"provider_location": None}, True

    def extend_volume(self, volume, new_size):
        pass
