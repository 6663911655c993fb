/** Availability zones. */
export const DEFAULT_ZONE = "nova";
export const ZONES = ["az1", "az2", "az3", DEFAULT_ZONE];
