//! JSON as other tools read it: with comments and trailing commas, and with the place of every value in the text.

use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// Reads a text; `None` where it holds nothing but blanks and comments. The error is the place that is none of JSON: the
/// parser's own words may repeat what stands there.
pub(crate) fn parse(text: &str) -> Result<Option<Value<'_>>, usize> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let read = parse_to_ast(text, &CollectOptions::default(), &options);
    read.map(|read| read.value).map_err(|error| error.range().start)
}
