use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn try_render(template: &str, payload: &str) -> Result<String, VtlError> {
    let variables = Variables {
        payload,
        headers: &json!({"Auth": "me"}),
        query: &json!({"room": "1"}),
        context: &json!({"connectionId": "abc=", "identity": {"sourceIp": "::1"}}),
        stage_variables: &BTreeMap::from([("color".to_owned(), "red".to_owned())]),
    };
    Template::parse(template)?.render(&variables)
}

fn render(template: &str, payload: &str) -> String {
    try_render(template, payload).unwrap_or_else(|error| panic!("{template}: {error}"))
}

const PAYLOAD: &str = r#"{"text": "it's \"fine\"", "list": [{"n": 1}, {"n": 2.5}], "yes": true, "nothing": null}"#;

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>.
#[test]
fn api_gateways_variables() {
    for (template, expected) in [
        ("$input.body", PAYLOAD),
        ("$input.path('$.text')", "it's \"fine\""),
        ("$input.json('$.text')", r#""it's \"fine\"""#),
        ("$input.json('$.list[1]')", r#"{"n":2.5}"#),
        ("$input.path('$.list')[0].n", "1"),
        ("$input.path('$').list.size()", "2"),
        ("$input.path('$.list[1].n')", "2.5"),
        ("[$input.path('$.missing')$input.json('$.nothing.x')]", "[]"),
        ("$input.params('room')$input.params('Auth')$input.params().querystring.room", "1me1"),
        ("$context.connectionId $context.identity.sourceIp [$context.missing]", "abc= ::1 []"),
        ("${stageVariables.color}$stageVariables['color']", "redred"),
        (r#"{"t": "$util.escapeJavaScript($input.path('$.text'))"}"#, r#"{"t": "it\'s \"fine\""}"#),
        ("$util.base64Encode('foo')$util.base64Decode('Zm9v')", "Zm9vfoo"),
        ("$util.urlEncode('a b&c')$util.urlDecode('a+b%26c')", "a+b%26ca b&c"),
        ("$util.parseJson('{\"a\": [7]}').a[0]", "7"),
    ] {
        assert_eq!(render(template, PAYLOAD), expected, "{template}");
    }
    assert_eq!(render("$input.path('$')", "no JSON"), "no JSON");
}

/// <https://velocity.apache.org/engine/2.3/user-guide.html>.
#[test]
fn velocitys_language() {
    for (template, expected) in [
        ("plain # text, 5 $ and #hash", "plain # text, 5 $ and #hash"),
        ("a## comment\nb#* more\n *#c", "abc"),
        ("#set($x = 1)\n#set( $y = $x + 2 * 3 )\n$y", "7"),
        ("#set($name = \"b\")#set($x = \"a $name\")#set($y = 'a $name')$x|$y", "a b|a $name"),
        ("#set($x = 'it''s')$x", "it's"),
        ("$unknown $!unknown ${unknown}s \\$x \\#if", "$unknown  ${unknown}s $x #if"),
        ("#if($a)1#elseif(1 == 1 && !false)2#{else}3#end", "2"),
        ("#if(\"\" || 0)1#{else}3#end", "3"),
        ("#if(2 >= 2 and 'a' != 'b')yes#end", "yes"),
        ("#foreach($n in [1..3])$n#if($foreach.hasNext), #end#end", "1, 2, 3"),
        ("#foreach($i in $input.path('$.list'))$foreach.index:$i.n;#end", "0:1;1:2.5;"),
        (
            "#set($m = {'a': 1, \"b\": [true, null]})#foreach($e in $m.entrySet())$e.key=$e.value;#end",
            "a=1;b=[true,null];",
        ),
        ("#foreach($k in $input.path('$').keySet())$k #end", "list nothing text yes "),
        ("#set($x = (1 + 2) * 3 - 10 / 4 % 2)$x", "9"),
        ("#set($t = 'Foo')$t.length()$t.toUpperCase()$t.contains('oo')", "3FOOtrue"),
        ("#if($input.path('$.yes'))\n  yes\n#else\n  no\n#end\nend", "  yes\nend"),
    ] {
        assert_eq!(render(template, PAYLOAD), expected, "{template}");
    }
}

#[test]
fn what_is_not_known_is_named() {
    for (template, says) in [
        ("#macro(a)#end", "line 1 of the template: #macro is not known here"),
        ("\n#if(1", "line 2 of the template: \")\" is missing"),
        ("#if(1)", "an #if without its #end"),
        ("#foreach($x in [1])", "a #foreach without its #end"),
        ("#end", "#end without an #if or #foreach before it"),
        ("#set($x.y = 1)", "$x.y cannot be set here"),
        ("#set($x = )", "a value is missing"),
        ("#set($x = 'a)", "a text without its closing quote"),
        ("$util.other('a')", "$util.other is not known here"),
        ("$input.other('a')", "$input.other with 1 values is not known here"),
        ("$input.path('$..a')", "is no path to one value"),
        ("$input.path('$.list').add(1)", "the method add with 1 values is not known here"),
        ("#set($x = 'a' * 2)", "are not two numbers"),
        ("#set($x = 1 / 0)", "divided by 0"),
        ("#foreach($x in [1..5000])#end", "has more than 1000 items"),
    ] {
        let error = try_render(template, PAYLOAD).expect_err(template).to_string();
        assert!(error.contains(says), "{template}: {error}");
    }
}

#[test]
fn what_has_no_end_ends() {
    let nested = "#foreach($a in [1..999])".repeat(3) + "x" + &"#end".repeat(3);
    assert!(try_render(&nested, "").expect_err("is long").to_string().contains("too long"));
    for deep in
        ["#if(1)".repeat(5000), format!("#set($x = {}", "(".repeat(5000)), format!("#set($x = {}", "!".repeat(5000))]
    {
        assert!(try_render(&deep, "").expect_err("is deep").to_string().contains("nested too deeply"));
    }
    let chained = format!("#set($x = 1{})", "+1".repeat(100_000));
    assert!(try_render(&chained, "").expect_err("is long").to_string().contains("more than 200 operators"));
    assert_eq!(render(&format!("#set($x = 1{})$x", "+1".repeat(200)), ""), "201");
    let long = format!("#set($x = '{}')#foreach($a in [1..999])$x#end", "x".repeat(10_000));
    assert!(try_render(&long, "").is_err());
}
