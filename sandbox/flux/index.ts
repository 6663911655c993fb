export { findFluxManifests, fluxManifests } from "./manifests";
export { startGitServer, stopGitServer, type GitServer } from "./sources/server";
