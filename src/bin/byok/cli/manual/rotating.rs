//! The text of the verb that puts a new secret into the place of an old one.

/// Under `byok rotate --help`.
pub(crate) const ROTATE: &str = "\
A rotation has four steps, and whoever stops after any of them is left with a key that works: make a new key at the
provider (byok says where), give it to byok, revoke the old one, and `--finish`. The new key is tested first; only one that
works takes the place of the old one, in one step, and nothing else that is known of the key changes. The old secret is
kept for a week, sealed beside the new one and never handed out, so that `--undo` can take it back.

`--finish` asks the provider about the old secret and wipes it once it is dead. It stays as long as it still works, or
nobody can tell. Without a key, it does so for every rotation under way.

`--auto` does the whole round through the provider's own API, where it has one and an admin key of it is stored: it finds
the old key in the provider's list, makes a new one, tests it, puts it in place, and leaves the old one to `--finish`, which
revokes it there; with `--keep 0`, it is revoked at once. A new key that does not work, or cannot be stored, is revoked again; it is called `byok-LABEL-DATE`
there, so that it is found by hand as well. An old key that is not found for sure is never revoked.

If the key is changed by somebody else meanwhile, nothing is overwritten. `--undo` can itself be undone, for as long as the
other secret is kept. A clock that jumps wipes nothing.

Examples:
  byok rotate openai:work                       where to make a new key, then paste it, unseen
  byok rotate openai:work --stdin <new-key.txt
  byok rotate groq --from-env NEW_GROQ_KEY --keep 24h
  byok rotate --undo openai:work                the old secret again
  byok rotate --finish openai:work              is the old one dead? then wipe it
  byok add openrouter:admin --admin             once: the key that makes and revokes others
  byok rotate openrouter:work --auto            make, test, swap
  byok rotate --finish openrouter:work          revoke the old one there, see that it is dead, wipe it
  byok rotate openai:work --auto --revoke now --with openai:admin
  byok rotate                                   what is under way, and what is due
  byok rotate --status --json

Files:
  ~/.config/byok/config.toml   `rotate_after = \"90d\"`, for all, or under `[providers.ID]` or `[profiles.NAME]`;
                               for one key: `byok edit KEY --rotate-after 90d`

Exit codes:
  0  done
  1  nothing was changed: the new key is no new one, or it cannot be told whether it works, or the key was changed
     meanwhile; with --finish: an old secret still works, or it cannot be told
  2  misused, or the key was typed as an argument
  3  no such key; with --undo: no old secret is kept
  4  locked or refused
  5  the new key, or the admin key, does not work, with --undo the old one; nothing was changed

Security:
  The old secret is sealed with the new one, and is wiped when its time is over. Until it is revoked
  at the provider, by you or with an admin key by --finish, whoever has it can use it.
  An admin key goes to the one host that byok's own registry names for it, in a header. Neither providers.toml
  nor an endpoint leads it elsewhere.";
