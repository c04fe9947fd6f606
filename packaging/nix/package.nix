# A template: packaging/fill puts the address and version of a release into it. Built from source; the crates are those of
# Cargo.lock, by their checksums.
{
  lib,
  rustPlatform,
  installShellFiles,
  src ? builtins.fetchGit {
    url = "@REPOSITORY@";
    ref = "refs/tags/v@VERSION@";
  },
}:

rustPlatform.buildRustPackage {
  pname = "byok";
  version = "@VERSION@";
  inherit src;
  cargoLock.lockFile = src + "/Cargo.lock";

  nativeBuildInputs = [ installShellFiles ];
  # The tests start shells, keychains and traces that a sandbox has not.
  doCheck = false;

  postInstall = ''
    installManPage man/*.1 man/*.7
    installShellCompletion --cmd byok \
      --bash completions/byok.bash --zsh completions/_byok --fish completions/byok.fish
  '';

  meta = {
    description = "One sealed home for your AI-provider API keys";
    homepage = "@REPOSITORY@";
    license = with lib.licenses; [
      mit
      asl20
    ];
    mainProgram = "byok";
  };
}
