# A template: packaging/fill puts the addresses and checksums of a release into it.
class Byok < Formula
  desc "One sealed home for your AI-provider API keys"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@RELEASES@/download/v@VERSION@/byok-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256:aarch64-apple-darwin@"
    end
  end

  on_linux do
    on_intel do
      url "@RELEASES@/download/v@VERSION@/byok-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:x86_64-unknown-linux-musl@"
    end
    on_arm do
      url "@RELEASES@/download/v@VERSION@/byok-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:aarch64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "byok"
    man1.install Dir["man/*.1"]
    man7.install Dir["man/*.7"]
    bash_completion.install "completions/byok.bash" => "byok"
    zsh_completion.install "completions/_byok"
    fish_completion.install "completions/byok.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/byok --version")
    ENV["BYOK_HOME"] = testpath/"byok"
    assert_match "openai", shell_output("#{bin}/byok provider list")
  end
end
