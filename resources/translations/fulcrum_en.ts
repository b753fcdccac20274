<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>ChartsPanel</name>
    <message numerus="yes">
        <source>%n other(s)</source>
        <translation>
            <numerusform>%n other</numerusform>
            <numerusform>%n others</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FlowsPanel</name>
    <message numerus="yes">
        <source>%n flow(s)</source>
        <translation>
            <numerusform>%n flow</numerusform>
            <numerusform>%n flows</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LabDesk</name>
    <message numerus="yes">
        <source>&lt;b&gt;%n problem(s) must be solved before this drawing can run.&lt;/b&gt;</source>
        <translation>
            <numerusform>&lt;b&gt;%n problem must be solved before this drawing can run.&lt;/b&gt;</numerusform>
            <numerusform>&lt;b&gt;%n problems must be solved before this drawing can run.&lt;/b&gt;</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n labs are running.</source>
        <translation>
            <numerusform>%n lab is running.</numerusform>
            <numerusform>%n labs are running.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LadderModel</name>
    <message numerus="yes">
        <source>%n leg(s)</source>
        <translation>
            <numerusform>%n leg</numerusform>
            <numerusform>%n legs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LadderPanel</name>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message numerus="yes">
        <source>%n error(s)</source>
        <translation>
            <numerusform>%n error</numerusform>
            <numerusform>%n errors</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n warning(s)</source>
        <translation>
            <numerusform>%n warning</numerusform>
            <numerusform>%n warnings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n note(s)</source>
        <translation>
            <numerusform>%n note</numerusform>
            <numerusform>%n notes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunningLabsDialog</name>
    <message numerus="yes">
        <source>%n lab(s)</source>
        <translation>
            <numerusform>%n lab</numerusform>
            <numerusform>%n labs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fulcrum::window::DrawingForm</name>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation>
            <numerusform>%n client</numerusform>
            <numerusform>%n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n router(s)</source>
        <translation>
            <numerusform>%n router</numerusform>
            <numerusform>%n routers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n segment(s)</source>
        <translation>
            <numerusform>%n segment</numerusform>
            <numerusform>%n segments</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n service engine(s)</source>
        <translation>
            <numerusform>%n service engine</numerusform>
            <numerusform>%n service engines</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n server(s)</source>
        <translation>
            <numerusform>%n server</numerusform>
            <numerusform>%n servers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n virtual service(s)</source>
        <translation>
            <numerusform>%n virtual service</numerusform>
            <numerusform>%n virtual services</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n link(s)</source>
        <translation>
            <numerusform>%n link</numerusform>
            <numerusform>%n links</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n item(s) selected</source>
        <translation>
            <numerusform>%n item selected</numerusform>
            <numerusform>%n items selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RoutesPanel</name>
    <message numerus="yes">
        <source>%n route(s)</source>
        <translation>
            <numerusform>%n route</numerusform>
            <numerusform>%n routes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CaptureCharts</name>
    <message numerus="yes">
        <source>%n other interface(s)</source>
        <translation>
            <numerusform>%n other interface</numerusform>
            <numerusform>%n other interfaces</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FollowWindow</name>
    <message numerus="yes">
        <source>[%n byte(s) were not captured]</source>
        <translation>
            <numerusform>[%n byte was not captured]</numerusform>
            <numerusform>[%n bytes were not captured]</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n packet(s), %1</source>
        <translation>
            <numerusform>%n packet, %1</numerusform>
            <numerusform>%n packets, %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>InspectorWindow</name>
    <message numerus="yes">
        <source>%n packet(s) before it can be used.</source>
        <translation>
            <numerusform>%n packet before it can be used.</numerusform>
            <numerusform>%n packets before it can be used.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&lt;b&gt;Loading was cancelled.&lt;/b&gt; The first %n packet(s) are here.</source>
        <translation>
            <numerusform>&lt;b&gt;Loading was cancelled.&lt;/b&gt; The first packet is here.</numerusform>
            <numerusform>&lt;b&gt;Loading was cancelled.&lt;/b&gt; The first %n packets are here.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Export %n packet(s)</source>
        <translation>
            <numerusform>Export %n packet</numerusform>
            <numerusform>Export %n packets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n packet(s) exported: %1</source>
        <translation>
            <numerusform>%n packet exported: %1</numerusform>
            <numerusform>%n packets exported: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PacketsPage</name>
    <message numerus="yes">
        <source>%n byte(s) at %1</source>
        <translation>
            <numerusform>%n byte at %1</numerusform>
            <numerusform>%n bytes at %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TablePage</name>
    <message numerus="yes">
        <source>%n row(s)</source>
        <translation>
            <numerusform>%n row</numerusform>
            <numerusform>%n rows</numerusform>
        </translation>
    </message>
</context>
</TS>
