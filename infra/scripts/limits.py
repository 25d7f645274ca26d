"""What AWS refuses although each resource is right by itself, so that no linter says it: SAM's own translator makes of the
template what would be deployed, and that is measured.

    limits.py TEMPLATE...       one line per fault; ends with 1 when there is one

Names and ARNs don't exist before a deployment, so they are made up, rather too long than too short.
"""

import json
import logging
import os
import re
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

STACK = "goodword-production-of-a-shop"
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::NoValue": "",
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-southeast-1",
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
# A parameter without a list of what it may be counts as so much text.
TEXT = 100
# A ring of keys counts as rotated so often.
ROTATIONS = 10


class NoManagedPolicies:
    """SAM asks for the policies that AWS manages. The template names none, and a deployment may not depend on the net here."""

    def load(self):
        return {}


class Stack:
    """What would be deployed, with made-up names."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.written = file.read()
        template = yaml_parse(self.written)
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = "s3://built/and-uploaded"
        parameters = {name: each.get("Default", "") for name, each in template.get("Parameters", {}).items()}
        os.environ.setdefault("AWS_DEFAULT_REGION", PSEUDO["AWS::Region"])  # or the translator looks for a profile
        self.template = transform(template, parameters, NoManagedPolicies())
        self.resources = self.template["Resources"]

    def of(self, kind):
        """Logical id and properties of all resources of a type."""
        return [(name, each.get("Properties", {})) for name, each in self.resources.items() if each["Type"] == kind]

    def kind(self, name):
        return self.resources.get(name, {}).get("Type", "")

    def flat(self, value):
        """The value as AWS gets it. Of what depends on a condition, the longer."""
        if isinstance(value, list):
            return [self.flat(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref":
                return self.ref(argument)
            if function == "Fn::GetAtt":
                name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                return self.attribute(name, attribute)
            if function == "Fn::Sub":
                return self.sub(argument)
            if function == "Fn::If":
                return max((self.flat(each) for each in argument[1:]), key=lambda each: len(json.dumps(each)))
            if function == "Fn::FindInMap":
                return "0" * 6
        return {name: self.flat(each) for name, each in value.items()}

    def sub(self, argument):
        text, values = argument if isinstance(argument, list) else (argument, {})

        def put(match):
            name = match.group(1)
            if name in values:
                return str(self.flat(values[name]))
            return str(self.attribute(*name.split(".", 1)) if "." in name else self.ref(name))

        return re.sub(r"\$\{([\w:.]+)\}", put, text)

    def ref(self, name):
        if name in PSEUDO:
            return PSEUDO[name]
        parameter = self.template.get("Parameters", {}).get(name)
        if parameter is not None:
            allowed = [str(each) for each in parameter.get("AllowedValues", [])]
            return max(allowed, key=len) if allowed else "p" * TEXT
        if self.kind(name) == "AWS::ApiGatewayV2::Api":
            return "a1b2c3d4e5"
        if self.kind(name) in ("AWS::SecretsManager::Secret", "AWS::SNS::Topic"):
            return self.attribute(name, "Arn")
        return f"{STACK}-{name}-1A2B3C4D5E6F"[:64]

    def attribute(self, name, attribute):
        if attribute == "QueueName":
            return f"{STACK}-{name}-1A2B3C4D5E6F"
        service = self.kind(name).split("::")[1].lower() if self.kind(name) else "service"
        stream = "/stream/2026-01-01T00:00:00.000" if attribute == "StreamArn" else ""
        region, account = PSEUDO["AWS::Region"], PSEUDO["AWS::AccountId"]
        physical = f"{STACK}-{name}-1A2B3C4D5E6F"[:64]
        return f"arn:{PSEUDO['AWS::Partition']}:{service}:{region}:{account}:resource:{physical}{stream}"

    def secret(self, reference):
        """How long the value behind a dynamic reference to a secret of this template becomes."""
        for name, secret in self.of("AWS::SecretsManager::Secret"):
            if f"-{name}-" in reference:
                drawn = secret["GenerateSecretString"]
                length = drawn.get("PasswordLength", 32)
                return (length + 8) * ROTATIONS if "GenerateStringKey" in drawn else length
        return TEXT


def size(value):
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def callers(stack):
    """What Lambda stores of the permissions to call a function."""
    policies = {}
    for name, permission in stack.of("AWS::Lambda::Permission"):
        function = permission["FunctionName"]["Ref"]
        statement = {
            "Sid": f"{STACK}-{name}-1A2B3C4D5E6F",
            "Effect": "Allow",
            "Principal": {"Service": permission["Principal"]},
            "Action": permission["Action"],
            "Resource": stack.attribute(function, "Arn"),
            "Condition": {"ArnLike": {"AWS:SourceArn": stack.flat(permission.get("SourceArn", ""))}},
        }
        policies.setdefault(function, []).append(statement)
    for function, statements in policies.items():
        yield function, size({"Version": "2012-10-17", "Id": "default", "Statement": statements})


def environments(stack):
    for name, function in stack.of("AWS::Lambda::Function"):
        variables = stack.flat(function.get("Environment", {}).get("Variables", {}))
        found = {
            key: re.sub(r"\{\{resolve:.*?\}\}", lambda each: "s" * stack.secret(each.group()), str(value))
            for key, value in variables.items()
        }
        yield name, size(found)


def roles(stack):
    """IAM counts no white space, and all policies of a role together."""
    for name, role in stack.of("AWS::IAM::Role"):
        yield name, sum(size(stack.flat(each["PolicyDocument"])) for each in role.get("Policies", []))


def resources(stack):
    yield "the stack", len(stack.resources)


def bodies(stack):
    yield "the template as it is written", len(stack.written.encode())
    yield "the template as SAM translates it", size(stack.template)


def parameters(stack):
    yield "the template", len(stack.template.get("Parameters", {}))


def references(stack):
    yield "the stack", json.dumps(stack.template).count("{{resolve:")


def routes(stack):
    for name, api in stack.of("AWS::ApiGatewayV2::Api"):
        yield name, sum(len(path) for path in api.get("Body", {}).get("paths", {}).values())


def log_formats(stack):
    for name, stage in stack.of("AWS::ApiGatewayV2::Stage"):
        settings = stack.flat(stage.get("AccessLogSettings", {}))
        yield name, len(settings["Format"]) if isinstance(settings, dict) and "Format" in settings else 0


def waits(stack):
    """How long the functions that the API calls may take."""
    called = {
        permission["FunctionName"]["Ref"]
        for _, permission in stack.of("AWS::Lambda::Permission")
        if permission["Principal"] == "apigateway.amazonaws.com"
    }
    for name, function in stack.of("AWS::Lambda::Function"):
        if name in called:
            yield name, function.get("Timeout", 3)


def readers(stack):
    counts = {}
    for _, mapping in stack.of("AWS::Lambda::EventSourceMapping"):
        source = ".".join(mapping["EventSourceArn"]["Fn::GetAtt"])
        counts[source] = counts.get(source, 0) + 1
    yield from counts.items()


def filters(stack):
    for name, mapping in stack.of("AWS::Lambda::EventSourceMapping"):
        yield name, len(mapping.get("FilterCriteria", {}).get("Filters", []))


def patterns(stack):
    for name, mapping in stack.of("AWS::Lambda::EventSourceMapping"):
        for each in mapping.get("FilterCriteria", {}).get("Filters", []):
            yield name, len(each["Pattern"])


def indexes(stack):
    for name, table in stack.of("AWS::DynamoDB::Table"):
        yield name, len(table.get("GlobalSecondaryIndexes", []))


def alarm_metrics(stack):
    for name, alarm in stack.of("AWS::CloudWatch::Alarm"):
        yield name, sum("MetricStat" in each for each in alarm.get("Metrics", []))


def alarm_texts(stack):
    for name, alarm in stack.of("AWS::CloudWatch::Alarm"):
        yield name, len(alarm.get("AlarmDescription", ""))


def alarm_spans(stack):
    for name, alarm in stack.of("AWS::CloudWatch::Alarm"):
        metrics = [each["MetricStat"]["Period"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
        yield name, max([alarm.get("Period", 0), *metrics]) * alarm["EvaluationPeriods"]


def topic_policies(stack):
    for name, policy in stack.of("AWS::SNS::TopicPolicy"):
        yield name, size(stack.flat(policy["PolicyDocument"]))


def access_logs(stack):
    """API Gateway writes each other group into one policy of the account and region, which holds 5,120 characters."""
    for name, stage in stack.of("AWS::ApiGatewayV2::Stage"):
        for group in re.findall(r'"Fn::GetAtt": \["(\w+)", "Arn"\]', json.dumps(stage.get("AccessLogSettings", {}))):
            named = stack.flat(stack.resources[group]["Properties"].get("LogGroupName", ""))
            yield name, 0 if named.startswith("/aws/vendedlogs/") else 1


# What is measured, the most that may be, of what, and whose limit that is.
LIMITS = [
    (callers, 20_480 * 8 // 10, "bytes of permissions to call it: four fifths of what Lambda stores"),
    (environments, 4096, "bytes of environment, by Lambda"),
    (roles, 10_240, "characters of policies in one role, by IAM"),
    (resources, 500, "resources, by CloudFormation"),
    (bodies, 1_000_000, "bytes of template, by CloudFormation"),
    (parameters, 200, "parameters, by CloudFormation"),
    (references, 60, "dynamic references, by CloudFormation"),
    (routes, 300, "routes, by API Gateway"),
    (log_formats, 3072, "characters of access log format, by API Gateway"),
    (waits, 29, "seconds, or API Gateway, which waits for 30, answers in its place"),
    (readers, 3, "readers of one stream: DynamoDB advises two, ADR 19 takes three"),
    (filters, 5, "filters of one event source, by Lambda"),
    (patterns, 4096, "characters of filter pattern, by Lambda"),
    (indexes, 20, "global indexes, by DynamoDB"),
    (alarm_metrics, 10, "metrics in one alarm, by CloudWatch"),
    (alarm_texts, 1024, "characters of alarm description, by CloudWatch"),
    (alarm_spans, 86_400, "seconds of periods to be judged, by CloudWatch"),
    (topic_policies, 30_720, "bytes of topic policy, by SNS"),
    (access_logs, 0, "access logs outside /aws/vendedlogs/, which fill a policy of the account"),
]


def faults(path):
    stack = Stack(path)
    for measure, most, what in LIMITS:
        for place, found in measure(stack):
            if found > most:
                yield f"{path}: {place}: {found:,}, and at most {most:,} {what}"


def main(paths):
    logging.disable(logging.CRITICAL)
    found = [fault for path in paths for fault in faults(path)]
    for fault in found:
        print(f"limits: {fault}")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
